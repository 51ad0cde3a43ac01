"""Ways between two kubelet versions, in their formats: a file each, found by its name."""
