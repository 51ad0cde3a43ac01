"""The override's edge on a node: what a plan overrides is written into the container runtime's own records, with a way back.

The plan says for each container which hash its record carries and which one the new kubelet will make of the same spec. ``apply`` puts the
second in the place of the first in containerd's database, ``undo`` puts the old bytes back, and ``status`` tells what stands where. Of all
this the runtime serves nothing until it restarts.
"""
