"""Known or explained versions in their formats: a file each, found by its name."""
