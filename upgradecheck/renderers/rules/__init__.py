"""Hazard rules in their formats: a file each, found by its name."""
