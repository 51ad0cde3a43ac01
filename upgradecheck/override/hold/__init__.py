"""``override hold``: what it leaves on the node, and the proxy by which it holds. How a plan is made of it, commands.hold knows."""
