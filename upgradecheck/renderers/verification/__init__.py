"""What verify found, in its formats: a file each, found by its name."""
