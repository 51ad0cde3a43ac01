"""Runbooks of plans."""
