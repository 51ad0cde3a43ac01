"""Two kubelets compared, in its formats: a file each, found by its name."""
