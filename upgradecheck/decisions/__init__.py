"""A pure mirror of what a restarted kubelet decides about the pods that it finds, driven by data per minor and patch.

In its order: manifests of static pods and their UIDs (``manifests``), admission (``admission``), the pod's cgroup (``qos``), its sandboxes
(``sandbox``), init containers and restart policies (``pods``, ``state``), the comparison of hashes (``containers``), resources
(``resizing``). Beside them: what it writes about it (``messages``). Who created what runs is planning.evidence's.
"""
