"""What the field brought: reports of people and inputs of real repositories, nodes and adversaries, each with the answer that is right."""
