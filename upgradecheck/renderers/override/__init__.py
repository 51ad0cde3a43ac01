"""What the override commands say."""
