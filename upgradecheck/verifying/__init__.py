"""What a plan predicted against what is seen after the upgrade. Values come in, a Verification goes out.

looking: what was read afterwards, by what it is looked up by; nodes: which run the new kubelet; fates: what became of a container, and why;
judging: what that says of its prediction; adding: an earlier result of the same plan laid under; verifying: all of it together.
"""
