"""What a log of accuracy says to people."""

from __future__ import annotations

from upgradecheck.model.accuracy import Accuracy
from upgradecheck.model.wording import count


def accuracy_sentence(accuracy: Accuracy) -> str:
    """``over 14 upgrades 99.8 % of 12034 predictions came true: 3 misses, 1 false alarm``."""
    told, judged, over = accuracy.summary, accuracy.judged, f"over {count(len(accuracy.entries), 'upgrade')}"
    if not judged:
        return f"{over} no prediction could be held against what came"
    numbers = (count(told.miss, "miss", "misses") if told.miss else "", count(told.false_alarm, "false alarm") if told.false_alarm else "")
    wrong = ", ".join(filter(None, numbers)) or "no miss and no false alarm"
    return f"{over} {share(told.hit, judged)} of {count(judged, 'prediction')} came true: {wrong}"


def share(part: int, whole: int) -> str:
    """``99.8 %``; 100 % only where nothing is missing."""
    tenths = part * 1000 // whole
    return "100 %" if part == whole else f"{tenths // 10}.{tenths % 10} %"
