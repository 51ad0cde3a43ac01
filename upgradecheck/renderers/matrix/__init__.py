"""What every pair of minors does, in its formats: a file each, found by its name."""
