"""A node whose first process is a real systemd: containerd, kubelet and API server as its units, and what is installed beside them."""
