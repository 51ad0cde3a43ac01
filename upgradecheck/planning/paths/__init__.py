"""Ways from one minor to another, hop by hop: which the version-skew policy allows, what each costs, and which is the cheapest."""
