"""A log of accuracy, summed up, in its formats: a file each, found by its name."""
