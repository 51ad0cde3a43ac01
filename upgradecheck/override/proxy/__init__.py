"""A relay between kubelet and container runtime that answers with the hashes that a plan overrides. The runtime need not restart.

One connection of the kubelet is one connection to the runtime. HTTP/2 frames pass as they are, in both directions, with all that gRPC puts
into them: deadlines, metadata, errors, trailers, cancellation, methods that nobody here has heard of. Only the answers of the few methods
that show a container's annotations are put together, and there only the annotations that the plan names are changed.
A gRPC library on both sides would cost more than twice the time of a direct call (measured), and would make each call anew.
"""
