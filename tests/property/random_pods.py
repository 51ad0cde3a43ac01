"""Pods of containers that are drawn by plain dice, with the volumes of tokens in them, and with any damage."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.property.random_texts import RandomWriter
from upgradecheck.model.schema import Schema


def around(containers: Sequence[bytes], inits: Sequence[bytes] = (), ephemeral: Sequence[bytes] = (), more: bytes = b"") -> bytes:
    """A pod with these containers."""
    lists = ((b"initContainers", inits), (b"containers", containers), (b"ephemeralContainers", ephemeral))
    members = [b'"' + name + b'":[' + b",".join(found) + b"]" for name, found in lists if found or name == b"containers"]
    return b'{"metadata":{"name":"p","namespace":"n","uid":"u"},"spec":{' + b",".join(members) + more + b"}}"


TOKENS = (b"kube-api-access-abcde", b"kube-api-access-abcde", b"kube-api-access-zz999", b"kube-api-access-abcd", b"kube-api-access-abcdef")
_PLACES = (b'"app"', b'"a"', b'"nginx', b'"/healthz', b'"k8s')
ODD = (100_000, 100_000, 1000, 50)
PUT = (b"", b",", b"null", b"0", b"-0", b'"spec":', b'"containers":[{}],', b"{}", b"[]", b"1e400", b"\\u0041", b'"', b"[1]", b'"x":1,')


def mounted(dice: random.Random, text: bytes) -> bytes:
    """A container with the volume of a token in it, at any place where a text stands."""
    places = [place for place in range(len(text)) if text.startswith(_PLACES, place)]
    if not places or dice.randrange(2):
        return text
    place = dice.choice(places)
    return text[: place + 1] + dice.choice(TOKENS) + text[text.index(b'"', place + 1) :]


def drawn_pod(dice: random.Random, schema: Schema, number: int, *, refusable: bool) -> bytes:
    """A pod with so many containers of a minor, most of them app containers."""
    writer = RandomWriter(dice, refusable=refusable, one_odd_in=dice.choice(ODD))
    found = [mounted(dice, writer.container(schema)) for _ in range(number)]
    inits, ephemeral = dice.randrange(2), dice.randrange(2)
    node = dice.choice((b"", b"", b',"nodeName":"n"', b',"nodeSelector":{"nodeName":"n"},"nodeName":"n"', b',"overhead":{"nodeName":"1"}'))
    return around(found[inits + ephemeral :], found[:inits], found[inits : inits + ephemeral], more=node)


def damaged(dice: random.Random, text: bytes) -> bytes:
    """Something of it is repeated, cut or changed at any place."""
    for _ in range(dice.randint(1, 2)):
        begin, end = sorted((dice.randrange(len(text)), dice.randrange(len(text))))
        put = dice.choice((text[begin:end], *PUT))
        text = text[:begin] + put + text[dice.choice((begin, end)) :]
    return text
