"""Texts: JSON documents in a stream, gzip, times, typed decoding."""
