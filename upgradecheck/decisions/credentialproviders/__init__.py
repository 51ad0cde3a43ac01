"""The files of --image-credential-provider-config: what is in one (reading), and which kubelet ends at it (judging)."""
