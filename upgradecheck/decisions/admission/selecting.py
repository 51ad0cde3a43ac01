"""Whether a node's labels and name are those that a pod selects.

Mirrors GetRequiredNodeAffinity and Match in k8s.io/component-helpers/scheduling/corev1/nodeaffinity, and labels.NewRequirement and
Requirement.Matches in k8s.io/apimachinery/pkg/labels. A term that cannot be read matches no node; up to 1.10 none after it matches either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upgradecheck.decisions.admission.requests import Requirement, SelectorTerm
from upgradecheck.decisions.admission.resources import qualified
from upgradecheck.hashing.gonumbers import int64
from upgradecheck.model.patterns import pattern

_LABEL_VALUE = pattern(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_SETS = ("In", "NotIn")
_PRESENCE = ("Exists", "DoesNotExist")
_ORDERS = ("Gt", "Lt")


def matches_selector(selector: Iterable[tuple[str, str]], labels: Mapping[str, str]) -> bool:
    """Whether the node has every label of spec.nodeSelector."""
    return all(labels.get(key) == value for key, value in selector)


def matches_affinity(terms: Iterable[SelectorTerm], labels: Mapping[str, str], name: str, *, bad_term_ends_search: bool) -> bool:
    """Whether one of the terms matches; an empty one never does."""
    for term in terms:
        readable = all(map(_readable, term.labels)) and all(map(_readable_field, term.fields))
        if not readable and bad_term_ends_search:
            return False
        if readable and (term.labels or term.fields) and _matches(term, labels, name):
            return True
    return False


def _matches(term: SelectorTerm, labels: Mapping[str, str], name: str) -> bool:
    by_label = all(_matches_label(requirement, labels) for requirement in term.labels)
    return by_label and all(_matches_field(requirement, name) for requirement in term.fields)


def _readable(requirement: Requirement) -> bool:
    values = requirement.values
    if not qualified(requirement.key) or not all(map(_LABEL_VALUE.fullmatch, values)):
        return False
    if requirement.operator in _SETS:
        return bool(values)
    if requirement.operator in _PRESENCE:
        return not values
    return requirement.operator in _ORDERS and len(values) == 1 and int64(values[0]) is not None


def _readable_field(requirement: Requirement) -> bool:
    return requirement.operator in _SETS and len(requirement.values) == 1


def _matches_label(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    number, limit = int64(value or ""), int64(requirement.values[0])
    if number is None or limit is None:
        return False
    return number > limit if requirement.operator == "Gt" else number < limit


def _matches_field(requirement: Requirement, name: str) -> bool:
    """The only field is the node's name; another one reads as empty."""
    found = name if requirement.key == "metadata.name" else ""
    return (found == requirement.values[0]) is (requirement.operator == "In")
