"""The fast path: hashes of pods by msgspec, a few microseconds a container; it agrees with the exact path, or steps aside.

    raw JSON → structs (typed, stricter than Go) → gotext (json.Marshal's bytes) → affine (FNV by shared segments)

There is one truth, and that is the exact path (see the room's own docstring). Whatever msgspec and Go's decoders may read in two ways is
met by a gate, and such a pod is not for this one: a null where Go keeps what was there, a value of a wrong type or out of range, a
quantity or a time that is not plain, a key that comes twice, an escape of ASCII by number, a lone surrogate, bytes that are no UTF-8,
brackets beyond the exact parser's depth. tests/property/test_fast.py draws pods for both; test_fast_gates.py
takes the gates away one by one.
"""
