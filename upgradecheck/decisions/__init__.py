"""A pure mirror of what a restarted kubelet decides about the containers that it finds running.

So far: the comparison of container hashes. Sandboxes, static-pod UIDs, admission and resizes are not mirrored yet.
"""
