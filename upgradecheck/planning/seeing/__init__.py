"""What is seen: each pod reduced to what the plan needs, and its views joined."""
