"""This node: its kubelet, its runtime and its units, as processes, files and sockets show them."""
