"""The UID that a kubelet gives to a static pod whose manifest has none: the internal pod, printed, and where it came from."""
