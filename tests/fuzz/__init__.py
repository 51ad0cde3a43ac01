"""Real inputs, damaged in every way that a file can be, through every door by which bytes come in: no foreign exception gets out.

``python -m tests.fuzz 1000000`` plays so many inputs, on all processors, and says what it found; ``--seed`` begins elsewhere.
"""
