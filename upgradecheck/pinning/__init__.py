"""Pins: the UID of a static pod that runs, written into its manifest, so that no later kubelet computes another.

A kubelet makes a UID only for a manifest that has none (applyDefaults in pkg/kubelet/config/common.go), and of the very one that it made
before it makes no event: the pod that it has is the pod that the file says. Run on 1.20.15, 1.22.17 and 1.30.14: nothing happens while a
manifest is pinned, and the next kubelet keeps UID, sandbox and containers. While a pin stands, an edit of that manifest makes no new pod.
"""
