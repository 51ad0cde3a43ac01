"""One hazard rule per file; each has a RULE."""
