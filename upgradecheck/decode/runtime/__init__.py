"""What container runtimes say of their containers: crictl, docker, CRI and containerd on the wire."""
