"""Kubernetes' objects, as the API server and kubectl give them."""
