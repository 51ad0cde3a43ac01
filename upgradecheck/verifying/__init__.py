"""What a plan predicted against what is seen after the upgrade. Values come in, a Verification goes out.

looking: collects what was read afterwards; after: that, as a plan asks for it; dumps: of when a dump is; nodes: which run the new kubelet;
fates: what became of a container, from views of it (sights) and its ends; ends: why it was stopped; judging: what that says of its
prediction; proving: what rests on dumps of before the upgrade; adding: an earlier result of the same plan laid under; verifying: all of it
together; accuracy: results over upgrades.
"""
