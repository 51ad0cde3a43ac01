"""A plan in its formats: a file each, found by its name."""
