"""Spec to hash, by era; pure. The one exact path: slow enough to read, and the judge of any faster one (so far: of jsonscan).

    raw JSON → jsonscan.scan, else jsontext.parse → gotypes codecs (decode as that minor's Go would) → eras (bytes to hash) → fnv

Other rooms ask a ``reading.pod.ReadPod``, and hash its containers by ``containers.hash_container``.
"""
