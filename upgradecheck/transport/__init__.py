"""Connections: how bytes come from a Kubernetes API server. What they mean is said elsewhere; nothing here is ever written to a cluster."""
