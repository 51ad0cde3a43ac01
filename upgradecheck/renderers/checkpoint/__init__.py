"""A node's history of kubelets in its formats: a file each, found by its name."""
