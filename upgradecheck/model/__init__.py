"""Frozen types that every room speaks; no behaviour beyond themselves, no imports from other rooms."""
