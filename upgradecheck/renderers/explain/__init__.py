"""One pod of a plan, explained, in its formats: a file each, found by its name."""
