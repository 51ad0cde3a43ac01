"""Files that survive: a crash, a full disk, two writers and a hand that slips.

A ``Store`` holds one file's states (old or new, never neither) under a lock; ``appending`` opens a log whose lines are on the disk before
anything is done on their strength. Both know bytes only: what they mean, and what a person should do about a damaged one, their
owners say.
"""
