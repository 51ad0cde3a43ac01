"""What a kubelet fills in where a manifest is silent, before it hashes."""
