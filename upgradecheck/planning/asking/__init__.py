"""What was asked: versions, gates, selectors, and what makes the exit code."""
