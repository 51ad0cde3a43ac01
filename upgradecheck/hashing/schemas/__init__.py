"""Two minors' schemas compared: which fields the kubelet hashes in one and not in the other."""
