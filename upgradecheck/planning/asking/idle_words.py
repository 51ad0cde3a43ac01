"""What of a command line no kubelet understands: words that are no flag and no flag's value, and flags that no release has.

A flag of no release that a kubelet runs with now is a vendor's, which is said (planning.asking.remarks); anywhere else nobody knows.

A kubelet has no commands, and ends at a word that is left over ("unknown command"). Of flags with one dash it has -v and -h alone.
Mirrors NewKubeletCommand in cmd/kubelet/app/server.go, and how pflag parses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from upgradecheck.decode.kubelet.flags import flags_of
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.options import KubeletOptions
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import Missing
from upgradecheck.model.version import Minor
from upgradecheck.model.wording import listed

_OF_ONE_LETTER = pattern(r"-v(?:=?[0-9]+)?|-h(?:=.*)?")
_FLAG = pattern(r"--[A-Za-z0-9][A-Za-z0-9.-]{0,60}")
_WITHOUT_WORD = ("bool", "version")
_END = "--"
NOT_TOLD = frozenset({"--manifest-url", "--manifest-url-header", "--provider-id"})
"""Flags that may hold a credential: their values are in no bundle."""


def not_understood(words: Iterable[KubeletArguments], known: KubeletOptions, minor: Minor) -> Iterator[Missing]:
    """What of command lines no kubelet takes, so that nobody knows what the new one is started with."""
    if not known.minors:
        return
    words = tuple(words)
    run_with = {(one.node, flag) for one in words if one.runs for flag in flags_of(one.words)}
    for one in words:
        unknown = tuple(flag for flag in flags_of(one.words) if flag not in known.flags and (one.node, flag) not in run_with)
        if unknown:
            yield Missing(
                f"whether the new kubelet takes {one.place_of(unknown[0])}",
                f"no kubelet of Kubernetes {known.minors[0]} to {known.minors[-1]} has {listed(map(shown_flag, unknown))}: "
                "it is a vendor's flag, or the file is not what a kubelet is started with",
            )
        bare = None if one.runs else _without_value(one.words, known, minor)
        if bare is not None:
            yield Missing(
                f"what the new kubelet is started with, beside {one.place_of(bare)}",
                f"its last word, {bare}, wants a value, and none is behind it: unless more is put there elsewhere, no kubelet starts",
            )
        idle = tuple(idle_words(one.words, known, minor))
        if idle:
            first = f"the first behind {shown_flag(idle[0])}" if idle[0] else "the first before any flag"
            yield Missing(
                f"what the new kubelet is started with, instead of {one.place_of(idle[0])}",
                f"{len(idle)} of its words {'is' if len(idle) == 1 else 'are'} no flag and no flag's value ({first}), "
                "and with such a word no kubelet starts, the running one neither",
            )


def idle_words(words: Sequence[str], known: KubeletOptions, minor: Minor) -> Iterator[str]:
    """For each word that is no flag and no flag's value the flag before it; empty where there is none.

    A word behind a flag of which nothing is known may be its value, and what a variable holds is elsewhere.
    """
    before, may_be_value, ended = "", False, False
    for word in words:
        named = () if ended else flags_of((word,))
        if word == _END and not ended:
            ended = True
        elif named:
            state = known.flag(named[0], minor)
            before, may_be_value = named[0], "=" not in word and (state is None or state.type not in _WITHOUT_WORD)
        elif not ended and (may_be_value or "$" in word or _OF_ONE_LETTER.fullmatch(word)):
            may_be_value = "$" in word or word == "-v"
        else:
            yield before


def _without_value(words: Sequence[str], known: KubeletOptions, minor: Minor) -> str | None:
    """The flag that is the last word, where it takes one behind it; of those whose values bundles leave out nobody knows."""
    last = flags_of(words[-1:]) if words and "=" not in words[-1] else ()
    state = known.flag(last[0], minor) if last else None
    return last[0] if state is not None and state.type not in ("", *_WITHOUT_WORD) and last[0] not in NOT_TOLD else None


def shown_flag(flag: str) -> str:
    """A flag of nobody as it is written, if that can be one."""
    return flag if _FLAG.fullmatch(flag) else "what no flag is called"
