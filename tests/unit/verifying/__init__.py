"""What a plan predicted against what is seen after it."""
