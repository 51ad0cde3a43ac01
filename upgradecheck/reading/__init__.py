"""A pod's document, read: gone through once, and asked by everybody who wants to know something of it."""
