"""What doctor found, in its formats: a file each, found by its name."""
