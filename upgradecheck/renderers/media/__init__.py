"""How a medium is written, and how hostile names are encoded for it: what the formats share."""
