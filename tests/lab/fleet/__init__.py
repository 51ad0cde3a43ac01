"""A cluster of three nodes, each with systemd, containerd and a kubelet of its own, and of what is deployed there, run by them as it is written."""
