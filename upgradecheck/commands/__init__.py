"""One file per command joins the edges to the core: what was asked comes in, a finished result goes out."""
