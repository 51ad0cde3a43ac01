"""The lab: real kubelets, swapped under recorded containers, against what `plan` predicts.

Nothing else depends on it. It needs root, Linux and Go, and says so otherwise (`run.refusal`).
"""
