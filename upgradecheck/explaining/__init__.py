"""One pod of a plan, step by step: what the kubelet asks, in its order, and what would avoid the restart."""
