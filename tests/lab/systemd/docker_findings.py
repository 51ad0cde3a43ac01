"""What a folder shows that ``tests.lab.systemd.docker`` has kept: each with what it should be."""

import json
from pathlib import Path
from typing import Any

from tests.lab.systemd.docker_marks import CASES, FILLS, Case
from tests.lab.systemd.docker_node import COPIES
from tests.lab.systemd.node import Json

Findings = list[tuple[str, Any, Any]]
_GRACE = sorted(["grace/app", *(f"grace-{number}/app" for number in range(2, COPIES + 1))])
_NO_UID = ["nouid/POD", "nouid/app"]
"""A pod that the other kubelet calls otherwise, so that it is made anew whatever is done."""
_DOCKER = {"docker.service": "active", "docker.socket": "active", "live-restore": True}


def findings(into: Path, name: str) -> Findings:
    """Of a scene by its name."""
    steps, plan = (json.loads((into / one).read_text()) for one in ("steps.json", "plan.json"))
    ((before, after),) = {(one["from"], one["to"]) for one in plan["overrides"].values()}
    return [("held by the plan", len(plan["overrides"]), COPIES), *_OF[name](steps, {before: COPIES}, {after: COPIES})]


def _upgraded(steps: Json, before: dict[str, int], after: dict[str, int]) -> Findings:
    codes = {one: steps[one]["code"] for one in ("dry run", "while the kubelet runs", "apply", "status", "undo")}
    applied, undone = (json.loads("\n".join(steps[one]["out"])) for one in ("apply", "undo"))
    return [
        ("exit codes", codes, {"dry run": 0, "while the kubelet runs": 1, "apply": 0, "status": 0, "undo": 0}),
        ("live-restore is off, and told", any("live-restore is off: it is turned on" in one for one in steps["dry run"]["out"]), True),
        ("refused beside the kubelet", any("kubelet: it runs" in one for one in steps["while the kubelet runs"]["err"]), True),
        ("written and proved", _states(applied), {("applied", True): COPIES}),
        ("put back and proved", _states(undone), {("restored", True): COPIES}),
        ("served", (_served(applied), _served(undone)), (after, before)),
        ("ended by apply or undo", (steps["apply"]["gone"], steps["undo"]["gone"]), ([], [])),
        ("docker afterwards", _docker(steps["apply"]["docker"]), _DOCKER),
        ("starts of containerd", steps["undo"]["docker"]["containerd starts again"], 0),
        ("ended by the upgrade: what was changed", steps["up"]["ended"], ["environment/app", *_NO_UID]),
        ("ended on the way back", steps["back"]["ended"], _NO_UID),
        ("ended without an override", steps["without"]["ended"], sorted([*_GRACE, *_NO_UID])),
    ]


def _killed(steps: Json, before: dict[str, int], after: dict[str, int]) -> Findings:
    wanted = {"apply": after, "undo": before}
    each = [one for case in CASES if str(case) in steps for one in _case(case, steps[str(case)], wanted[case.what], {*before, *after})]
    filled = [one for case in FILLS for one in _filled(case, steps[str(case)], after)]
    played = ("cases", sum(str(case) in steps for case in CASES), len(CASES))
    return [played, *each, *filled, ("at last", steps["at last"]["code"], 0), ("ended by the upgrade", steps["up"]["ended"], _NO_UID)]


def _troubled(steps: Json, before: dict[str, int], after: dict[str, int]) -> Findings:
    """Without room nothing is stopped; a dockerd that cannot start stays stopped until the same command is typed."""
    full = [one for one in steps if one.startswith("full: ")]
    found = [one for name in full for one in _without_room(name, steps[name], before, after)]
    broken, codes = steps["broken"], {one: steps[one]["code"] for one in ("broken", "broken: status", "broken: again", "mended")}
    return [
        *found,
        ("doctor names docker", any("--docker auto --override" in line for line in steps["doctor"]["out"]), True),
        ("all that was tried", len(full), 3),
        ("a dockerd that does not start", any("does not start again" in one for one in broken["said"]), True),
        ("its labels", broken["carried"], after),
        ("exit codes", codes, {"broken": 1, "broken: status": 1, "broken: again": 1, "mended": 0}),
        ("ended while it was away", (broken["gone"], steps["broken: gone"]["gone"]), ([], [])),
        ("mended", _docker(steps["mended"]["docker"]), _DOCKER),
        ("ended by the upgrade", steps["up"]["ended"], _NO_UID),
    ]


def _without_room(name: str, step: Json, before: dict[str, int], after: dict[str, int]) -> Findings:
    return [
        (f"{name}: refused or broken off", (step["code"], step["gone"], _docker(step["docker"])["docker.service"]), (1, [], "active")),
        (f"{name}: labels then", set(step["carried"]) <= {*before, *after}, True),
        *_through(name, step, after),
        *_through(f"{name}, and back", step["back"], before),
    ]


def _case(case: Case, step: Json, wanted: dict[str, int], known: set[str]) -> Findings:
    """Who was killed, and that the same command got through, with nothing ended, and labels as they should be."""
    return [
        (f"{case}", (step["killed"], step["code"] == -9), (case.victim, case.victim == "itself")),
        (f"{case}: labels then", set(step["carried"]) <= known, True),
        *_through(str(case), step, wanted),
    ]


def _filled(case: Case, step: Json, after: dict[str, int]) -> Findings:
    """dockerd is not started on a full disk, and the same command starts it once there is room."""
    told = any("is not started: " in line and "Make room, then run the same command again" in line for line in step["said"])
    seen = step["killed"], step["code"], told, step["then"]["docker.service"]
    return [(str(case), seen, ("disk", 1, True, "inactive")), *_through(str(case), step, after)]


def _through(name: str, step: Json, served: dict[str, int]) -> Findings:
    return [
        (f"{name}: ended", step["gone"], []),
        (f"{name}: in the end", (step["again"][-1]["code"], step.get("status", 0), step["served"]), (0, 0, served)),
        (f"{name}: docker", _docker(step["docker"]), _DOCKER),
    ]


def _states(report: Json) -> dict[tuple[str, bool], int]:
    return _counted((one["state"], one["same_process"]) for one in report["containers"])


def _served(report: Json) -> dict[str, int]:
    return _counted(one["served"] for one in report["containers"])


def _counted(values: Any) -> dict[Any, int]:
    told = list(values)
    return {one: told.count(one) for one in told}


def _docker(told: Json) -> Json:
    return {key: told[key] for key in _DOCKER}


_OF = {"upgraded": _upgraded, "killed": _killed, "troubled": _troubled}
