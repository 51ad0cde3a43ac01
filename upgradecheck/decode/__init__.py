"""Raw objects into model facts: pure functions over bytes, no files, no clock.

A spec stays the bytes it came as. A mapping would already have lost duplicate keys and number tokens, so nothing here
parses a pod's spec; only identity, status and ownership are read out, and the raw document travels on to be hashed.
"""
