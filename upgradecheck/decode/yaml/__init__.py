"""YAML as go-yaml v2 reads it."""
