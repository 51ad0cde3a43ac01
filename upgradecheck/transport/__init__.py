"""Connections to what answers over a socket: bytes out, bytes in, with deadlines. What the bytes mean is decode's."""
