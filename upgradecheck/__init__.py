"""Tells, before a kubelet upgrade, which containers the new kubelet will kill and recreate, and why."""

__version__ = "0.1.0"
