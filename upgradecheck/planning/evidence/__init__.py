"""What the evidence is worth: records, histories, overrides in force."""
