"""The options in force, in their formats: a file each, found by its name."""
