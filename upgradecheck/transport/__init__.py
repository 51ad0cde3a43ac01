"""Connections: bytes out, bytes in, with deadlines. What the bytes mean is said elsewhere; nothing here ever writes to a cluster."""
