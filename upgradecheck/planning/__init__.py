"""Merges what the sources saw, weighs the evidence, asks the kubelet's mirror, and builds the Plan."""
