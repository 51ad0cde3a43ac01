"""Our own file formats, both ways: what is written is what is read."""
