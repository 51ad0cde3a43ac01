"""What a kubelet says of itself: version, flags, configuration, log, metrics."""
