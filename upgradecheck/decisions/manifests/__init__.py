"""Static pods: whether a kubelet takes a manifest, and whether it gives the pod another UID than a kubelet before it.

A kubelet reads each manifest again when it starts. What it refuses is no longer wanted, and the pod that runs from it is stopped; a pod
with another UID is another pod, so the old one is killed and a new one made. Both happen before any container hash is looked at.
"""
