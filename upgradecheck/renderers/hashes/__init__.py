"""Computed hashes in their formats: a file each, found by its name. Entries come one by one, and are shown as they come."""
