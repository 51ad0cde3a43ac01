"""What tells one pod from all others: the UID by which the kubelet knows it. This is the only place that says so.

Of a mirror pod that is the UID of its static pod (see decode.kube.pods). A manifest that gives none has none until it is known what runs.
"""

from __future__ import annotations

from typing import NewType

from upgradecheck.model.pod import PodView

Identity = NewType("Identity", str)
"""Equal for views of one pod, and different for different pods; empty where the document does not tell."""


def identity_of(view: PodView) -> Identity:
    """Whose view this is."""
    return Identity(view.uid)
