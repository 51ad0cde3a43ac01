"""Ways between two minors."""
