"""A plan as a runbook: what whoever upgrades the nodes does and types, in which order, what is to be expected there, and how to come back.

A runbook is a value (blocks); a renderer lays it out. Commands stand in it as they are to be typed, with the names of this plan.
"""
