"""``verify`` as it is typed: dumps before and after, waves, what is mistyped or not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import Document, as_kubectl, as_static, crictl_ps, known_as, listed, mirror_of, node, pod, recorded_by, with_container
from upgradecheck.cli import main

START, LATER = "2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z"


def restarted(document: Document, identity: str = "another") -> Document:
    """The pod with another container in the place of each."""
    changed: Document = json.loads(json.dumps(document))
    for one in changed["status"]["containerStatuses"]:
        ended = {"exitCode": 143, "reason": "Error", "startedAt": START, "finishedAt": LATER, "containerID": one["containerID"]}
        one |= {
            "containerID": f"containerd://{identity}-{one['name']}",
            "restartCount": 1,
            "state": {"running": {"startedAt": LATER}},
            "lastState": {"terminated": ended},
        }
    return changed


POD = pod()
SINCE = restarted(pod(name="since", uid="66666666-0000-4000-8000-000000000006"))
"""What shows that dumps are newer than the plan."""
del SINCE["metadata"]["ownerReferences"]
UPGRADED = node(version="v1.31.4")
UPGRADED["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastTransitionTime": LATER}]
"""Its new kubelet was not ready for a moment when it came up."""


class Desk:
    """A directory with a plan from 1.30.14 to 1.31, and what is seen afterwards."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.write("before.json", listed(POD, node(version="v1.30.14")))
        self.write("crictl.json", crictl_ps(recorded_by("1.30.14", POD)))
        plan = [
            "plan",
            "--to",
            "1.31",
            "-f",
            self.at("before.json"),
            "-f",
            self.at("crictl.json"),
            "-o",
            f"json={self.at('plan.json')}",
            "-q",
        ]
        assert main(plan) == 2

    def at(self, name: str) -> str:
        return str(self.place / name)

    def write(self, name: str, document: Any) -> str:
        (self.place / name).write_text(as_kubectl(document) if document.get("kind") == "List" else json.dumps(document))
        return self.at(name)

    def verify(self, *documents: Document, options: tuple[str, ...] = ()) -> int:
        return main(["verify", self.at("plan.json"), "-f", self.write("after.json", listed(*documents, SINCE)), *options])


@pytest.fixture(name="desk")
def _desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    desk = Desk(tmp_path)
    capsys.readouterr()
    return desk


@pytest.mark.parametrize(
    ("documents", "code", "told"),
    [
        pytest.param([restarted(POD), UPGRADED], 0, "AS PREDICTED  kubelet 1.30.14 -> 1.31", id="it came"),
        pytest.param([POD, UPGRADED], 2, "0 of 1 prediction came true: 1 false alarm.", id="it did not"),
        pytest.param([restarted(POD), node(version="v1.30.14")], 3, "no node runs the new kubelet yet", id="from before the upgrade"),
        pytest.param([restarted(POD)], 3, "kubectl get nodes -o json", id="without the Node"),
        pytest.param([UPGRADED], 3, "Give nodes and pods as they are now", id="without the pod"),
    ],
)
def test_a_result(documents: list[Document], code: int, told: str, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.verify(*documents) == code
    out, err = capsys.readouterr()
    assert told in " ".join(out.split()).replace("kubelet 1", " kubelet 1", 1)
    assert err == ""


def test_several_formats_of_one_look(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("-o", "table", "-o", f"json={desk.at('r.json')}", "-o", f"junit={desk.at('r.xml')}", "-q")
    assert desk.verify(POD, UPGRADED, options=options) == 2
    assert "FALSE ALARM" in capsys.readouterr().out
    assert json.loads(Path(desk.at("r.json")).read_text())["summary"]["false_alarm"] == 1
    assert Path(desk.at("r.xml")).read_text().count("<failure") == 1


def test_an_earlier_result_stands(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.verify(restarted(POD), UPGRADED, options=("-o", f"json={desk.at('wave.json')}", "-q")) == 0
    assert desk.verify(OTHER, UPGRADED, options=("-q",)) == 3  # meanwhile it is not there any more
    assert desk.verify(OTHER, UPGRADED, options=("--earlier", desk.at("wave.json"), "-q")) == 0
    assert "1 of 1 prediction came true" in capsys.readouterr().out


def test_the_runtimes_list_alone_tells_with_the_node(desk: Desk) -> None:
    new = {**known_as(recorded_by("1.31.4", POD), "another", created_at=10**17), "metadata": {"name": "app", "attempt": 1}}
    after = desk.write("after-crictl.json", crictl_ps(new))
    nodes = desk.write("nodes.json", listed(UPGRADED))
    assert main(["verify", desk.at("plan.json"), "-f", after, "-f", nodes, "-q"]) == 0


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        pytest.param(
            ["--node", "worker-9"], 64, "--node 'worker-9': is no node of the plan. Wanted one of 'worker-1'.", id="a node that is none"
        ),
        pytest.param(["-o", "sarif"], 64, "output format 'sarif': not known here", id="a format of plans"),
        pytest.param(["--earlier", "none.json"], 1, "none.json: cannot be read", id="an earlier result that is not there"),
        pytest.param(["--earlier", "PLAN"], 1, "no result of upgradecheck verify -o json", id="a plan in its place"),
        pytest.param(["--cri", "a", "--docker", "b"], 64, "--cri and --docker exclude each other", id="two runtimes"),
        pytest.param(["-f", "-", "--earlier", "-"], 64, "standard input can be one thing only", id="one input for two"),
        pytest.param(["--context", "prod"], 64, "--context and -f exclude each other", id="a cluster beside files"),
    ],
)
def test_what_cannot_be_done_is_told(options: list[str], code: int, told: str, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    words = tuple(desk.at("plan.json") if one == "PLAN" else one for one in options)
    assert desk.verify(POD, UPGRADED, options=words) == code
    out, err = capsys.readouterr()
    assert (out, told in err) == ("", True), err


def test_an_earlier_result_of_another_plan_is_refused(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.verify(POD, UPGRADED, options=("-o", f"json={desk.at('r.json')}", "-q"))
    other = json.loads(Path(desk.at("r.json")).read_text()) | {"plan_hash": "0" * 64}
    del other["document_hash"]
    assert desk.verify(POD, UPGRADED, options=("--earlier", desk.write("other.json", other))) == 1
    assert f"is of plan {'0' * 64}" in capsys.readouterr().err


@pytest.mark.parametrize("member", ["container_id", "predicted", "pod"])
def test_an_earlier_result_of_other_containers_is_refused(member: str, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """One without a checksum, as older programs wrote it."""
    desk.verify(POD, UPGRADED, options=("-o", f"json={desk.at('r.json')}", "-q"))
    other = json.loads(Path(desk.at("r.json")).read_text())
    del other["document_hash"]
    other["containers"][0][member] = "recreate"
    assert desk.verify(POD, UPGRADED, options=("--earlier", desk.write("other.json", other))) == 1
    assert "tells of other containers than" in capsys.readouterr().err


def test_files_that_are_given_twice_are_one(desk: Desk) -> None:
    after = desk.write("after.json", listed(restarted(POD), UPGRADED, SINCE))
    assert main(["verify", desk.at("plan.json"), "-f", after, "-f", after, "-q"]) == 0


def test_a_log_is_no_output(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Which would be one with the line behind it. One that is there is an input, which no output replaces."""
    log = desk.at("accuracy.jsonl")
    assert desk.verify(restarted(POD), UPGRADED, options=("--append", log, "-o", f"json={log}")) == 64
    assert "would replace what the log holds" in capsys.readouterr().err
    assert not Path(log).exists()
    assert desk.verify(restarted(POD), UPGRADED, options=("--append", "-")) == 64


@pytest.mark.parametrize("text", ["", "{}", "[]", "not: a plan", '{"kind": "Verification", "format_version": "1.0"}'])
def test_a_plan_that_is_none(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.json").write_text(text)
    assert main(["verify", str(tmp_path / "plan.json"), "-f", str(tmp_path)]) == 1
    assert "plan.json: " in capsys.readouterr().err


def test_a_plan_that_was_changed_is_refused(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    Path(desk.at("plan.json")).write_text(Path(desk.at("plan.json")).read_text().replace('"verdict":"restart"', '"verdict":"safe"'))
    assert desk.verify(POD, UPGRADED) == 1
    assert "the file was changed after the plan was made" in capsys.readouterr().err


def told_by(document: Document, message: str) -> Document:
    """The event of a kubelet that kills its container."""
    metadata = document["metadata"]
    about = {
        "kind": "Pod",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "fieldPath": "spec.containers{app}",
    }
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e.1", "namespace": metadata["namespace"]},
        "involvedObject": about,
        "reason": "Killing",
        "message": message,
        "source": {"component": "kubelet"},
        "firstTimestamp": LATER,
        "lastTimestamp": LATER,
    }


PROBED = told_by(POD, "Container app failed liveness probe, will be restarted")


@pytest.mark.parametrize("kind", ["List", "EventList"])
@pytest.mark.parametrize("in_a_directory", [False, True])
def test_events_of_a_dump_tell_why(kind: str, desk: Desk, capsys: pytest.CaptureFixture[str], *, in_a_directory: bool) -> None:
    """In a list of events, or among other things; of a file in a directory that holds nothing else, too."""
    event = {key: value for key, value in PROBED.items() if kind == "List" or key not in ("kind", "apiVersion")}
    (desk.place / "now").mkdir()
    desk.write("now/events.json", {"apiVersion": "v1", "kind": kind, "items": [event]})
    desk.write("now/pods.json", listed(restarted(POD), UPGRADED))
    files = ["-f", desk.at("now")] if in_a_directory else ["-f", desk.at("now/events.json"), "-f", desk.at("now/pods.json")]
    assert main(["verify", desk.at("plan.json"), *files, "-o", "json"]) == 3
    (row,) = json.loads(capsys.readouterr().out)["containers"]
    assert (row["result"], row["because"]) == ("unexplained", "probe")


def test_events_do_not_change_what_plan_says(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    events = desk.write("events.json", listed(PROBED))
    said = []
    for more in ([], ["-f", events]):
        main(["plan", "--to", "1.31", "-f", desk.at("before.json"), *more, "-o", "json", "-q"])
        said.append(json.loads(capsys.readouterr().out)["plan_hash"])
    assert said[0] == said[1]


def test_a_result_that_was_kept_is_shown_again(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        desk.verify(POD, UPGRADED, options=("-o", f"json={desk.at('r.json')}", "-o", f"yaml={desk.at('r.yaml')}", "-o", "table", "-q")) == 2
    )
    shown = capsys.readouterr().out
    for name in ("r.json", "r.yaml"):
        assert main(["show", desk.at(name)]) == 2
        assert capsys.readouterr().out == shown
    assert main(["show", desk.at("r.json"), "-o", "json"]) == 2
    assert capsys.readouterr().out == Path(desk.at("r.json")).read_text()


@pytest.mark.parametrize("options", [("--max-restarts", "5"), ("--disallow-ignores",), ("--fail-on", "none")])
def test_a_result_has_no_gate_of_a_plan(options: tuple[str, ...], desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.verify(POD, UPGRADED, options=("-o", f"json={desk.at('r.json')}", "-q"))
    assert main(["show", desk.at("r.json"), *options]) == 64
    assert "is no plan but a result of verify" in capsys.readouterr().err


def test_a_format_of_plans_is_none_of_a_result(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.verify(POD, UPGRADED, options=("-o", f"json={desk.at('r.json')}", "-q"))
    assert main(["show", desk.at("r.json"), "-o", "sarif"]) == 64
    assert "not known here" in capsys.readouterr().err


def test_a_log_of_accuracy_adds_up_and_is_shown(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    log = desk.at("accuracy.jsonl")
    assert desk.verify(restarted(POD), node(version="v1.30.14"), options=("--append", log)) == 3
    assert "nothing was added" in capsys.readouterr().err
    assert desk.verify(restarted(POD), UPGRADED, options=("--append", log)) == 0
    assert desk.verify(restarted(POD), UPGRADED, options=("--append", log)) == 0
    assert "over 1 upgrade 100 % of 1 prediction came true" in capsys.readouterr().err
    assert len(Path(log).read_text().splitlines()) == 2
    assert main(["show", log]) == 0
    assert "Over 1 upgrade 100 %" in capsys.readouterr().out
    assert main(["show", log, "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["upgrades"] == 1


def test_a_log_is_added_to_no_other_file(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(desk.at("plan.json")).read_text()
    assert desk.verify(restarted(POD), UPGRADED, options=("--append", desk.at("plan.json"))) == 1
    out, err = capsys.readouterr()
    assert (out, "is no log of accuracy" in err) == ("", True)
    assert Path(desk.at("plan.json")).read_text() == before


OTHER = with_container(pod(name="other", uid="44444444-0000-4000-8000-000000000004"), "app")
del OTHER["metadata"]["ownerReferences"]
ANEW = pod(uid="55555555-0000-4000-8000-000000000005")
ANEW["metadata"]["creationTimestamp"] = LATER
EARLIER = {**ANEW, "metadata": {**ANEW["metadata"], "creationTimestamp": "2020-01-01T00:00:00Z"}}


def changed(**status: Any) -> Document:
    """The pod, with something in its status."""
    return {**POD, "status": {**POD["status"], **status}}


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param([OTHER], "unseen", id="a document by itself"),
        pytest.param([listed(OTHER)], "unseen", id="a list: a selector may have left it out"),
        pytest.param(
            [{**listed(ANEW), "metadata": {"continue": "more", "remainingItemCount": 1}}], "replaced", id="a page that has its successor"
        ),
        pytest.param([{**listed(OTHER), "metadata": {"continue": "more", "remainingItemCount": 1}}], "unseen", id="a page"),
        pytest.param([listed(changed(phase=7), OTHER)], "unseen", id="a phase that is no text"),
        pytest.param(
            [listed(changed(containerStatuses=[{"name": "app", "restartCount": "x"}]), OTHER)], "unseen", id="a count that is none"
        ),
        pytest.param([listed(changed(containerStatuses=[{"name": "app", "state": []}]), OTHER)], "unseen", id="a state that is none"),
        pytest.param([listed({**POD, "status": {}}, OTHER)], "unseen", id="an empty status"),
        pytest.param([listed({**POD, "status": {}}, ANEW)], "unseen", id="an empty status beside another one of its name"),
        pytest.param([listed(ANEW)], "replaced", id="another one of its name"),
        pytest.param([listed(EARLIER)], "unseen", id="one that had its name before it"),
    ],
)
def test_what_proves_that_a_pod_is_gone(documents: list[Document], expected: str, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    files = [desk.write(f"{number}.json", one) for number, one in enumerate([*documents, listed(UPGRADED)])]
    code = main(["verify", desk.at("plan.json"), *(word for name in files for word in ("-f", name)), "-o", "json"])
    (row,) = json.loads(capsys.readouterr().out)["containers"]
    assert (row["result"], code) == (expected, 0 if expected == "replaced" else 3)


def test_a_list_of_what_runs_does_not_show_what_is_gone(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """``crictl ps`` without ``-a``."""
    after = desk.write("ps.json", crictl_ps(recorded_by("1.31.4", OTHER)))
    nodes = desk.write("nodes.json", listed(UPGRADED))
    assert main(["verify", desk.at("plan.json"), "-f", after, "-f", nodes, "-o", "json"]) == 3
    assert json.loads(capsys.readouterr().out)["summary"]["unseen"] == 1


def test_dumps_in_which_nothing_is_newer_than_the_plan_may_be_of_before_it(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the Nodes were dumped anew."""
    files = desk.write("before.json", listed(POD)), desk.write("nodes.json", listed(UPGRADED))
    assert main(["verify", desk.at("plan.json"), "-f", files[0], "-f", files[1]]) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert (
        "1 container seems to be as before, to be gone, or to have stopped as predicted, in lists that nothing shows to be later than"
        in told
    )


def in_yaml(*documents: Document, indent: str = "") -> str:
    """A list in YAML, its items as JSON, which is YAML, too."""
    items = "".join(f"{indent}- apiVersion: v1\n{indent}  kind: {one['kind']}\n{in_flow(one, indent)}" for one in documents)
    return f'apiVersion: v1\nitems:\n{items}kind: List\nmetadata:\n  resourceVersion: ""\n'


def in_flow(document: Document, indent: str) -> str:
    return "".join(f"{indent}  {name}: {json.dumps(document[name])}\n" for name in ("metadata", "spec", "status") if name in document)


def by_the_server(*pods: Document, version: str = "900", of: str = "900") -> str:
    items = [{name: one[name] for name in ("metadata", "spec", "status")} for one in json.loads(json.dumps(pods))]
    for one in items:
        one["metadata"]["resourceVersion"] = of
    members = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": version}, "items": items}
    return json.dumps(members, separators=(",", ":"))


WRITTEN = node(version="v1.31.4")
WRITTEN["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-03-02T09:59:00Z"}]
TOGETHER = {"apiVersion": "v1", "items": [POD, UPGRADED], "kind": "List", "metadata": {"resourceVersion": ""}}
KUBELETS = {"kind": "PodList", "apiVersion": "v1", "metadata": {}}


def listed_by_a_kubelet(document: Document) -> Document:
    told: Document = json.loads(json.dumps(document))
    told["metadata"].setdefault("annotations", {}).update({"kubernetes.io/config.source": "api", "kubernetes.io/config.seen": START})
    return told


ELSEWHERE = {**SINCE, "spec": {**SINCE["spec"], "nodeName": "worker-2"}}


@pytest.mark.parametrize(
    ("written", "decided"),
    [
        pytest.param(as_kubectl(listed(POD, UPGRADED)), True, id="kubectl"),
        pytest.param(json.dumps(TOGETHER, indent=2), False, id="jq, that may have joined them"),
        pytest.param(json.dumps([POD, UPGRADED]), False, id="jq, of the items alone"),
        pytest.param(as_kubectl(listed(POD, SINCE, UPGRADED, SINCE)), False, id="a pod that stands there twice"),
        pytest.param(f"{as_kubectl(listed(UPGRADED))}{as_kubectl(listed(POD))}", False, id="two of kubectl in one file"),
        pytest.param(in_yaml(POD, UPGRADED), True, id="kubectl, in YAML"),
        pytest.param(in_yaml(POD, UPGRADED, indent="  "), False, id="yq"),
        pytest.param(by_the_server(POD, SINCE), True, id="a server, with a pod that was started since"),
        pytest.param(by_the_server(POD, SINCE, of="901"), False, id="a pod that is later than its list"),
        pytest.param(by_the_server(POD), False, id="a server, and nothing that was started since"),
        pytest.param(
            json.dumps({**KUBELETS, "items": [*map(listed_by_a_kubelet, (POD, SINCE))]}), True, id="a kubelet, whoever has laid it out"
        ),
        pytest.param(
            json.dumps({**KUBELETS, "items": [*map(listed_by_a_kubelet, (POD, ELSEWHERE))]}), False, id="kubelets of two nodes, joined"
        ),
        pytest.param(json.dumps({**KUBELETS, "items": [listed_by_a_kubelet(POD), SINCE]}), False, id="a kubelet's and a server's, joined"),
    ],
)
def test_a_list_counts_as_one_where_one_request_has_made_it(
    written: str, *, decided: bool, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The pod looks as before the upgrade: that it was kept, which makes a false alarm, shows only where its list is later."""
    files = Path(desk.at("after.json")), Path(desk.at("nodes.json"))
    files[0].write_text(written)
    files[1].write_text(as_kubectl(listed(WRITTEN)))
    code = main(["verify", desk.at("plan.json"), "-f", str(files[0]), "-f", str(files[1]), "-o", "json"])
    (row,) = json.loads(capsys.readouterr().out)["containers"]
    assert (row["result"], code) == (("false_alarm", 2) if decided else ("unseen", 3))


def test_a_drained_node_is_decided(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = {**ANEW, "spec": {**ANEW["spec"], "nodeName": "node-b"}}
    documents = elsewhere, UPGRADED, node(name="node-b", version="v1.30.14")
    assert desk.verify(*documents, options=("--node", UPGRADED["metadata"]["name"])) == 0
    assert "as by a drain, so that nothing is left" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        pytest.param("registry.example/web:1.0", ("hit", None), id="its manifest is as it was: the new kubelet makes another UID"),
        pytest.param("registry.example/web:2.0", ("unexplained", "edited"), id="kubeadm has written another image into it"),
    ],
)
def test_a_static_pod_whose_manifest_was_edited_since(
    image: str, expected: tuple[str, str | None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def dump(name: str, *documents: Document) -> str:
        (tmp_path / name).write_text(as_kubectl(listed(*documents)))
        return str(tmp_path / name)

    static = as_static(pod(name="web-worker-1"))
    before = dump("before.json", mirror_of(static), node(version="v1.30.14"))
    assert main(["plan", "--to", "1.31", "-f", before, "-o", f"json={tmp_path / 'plan.json'}", "-q"]) in (2, 3)
    anew = restarted(mirror_of(as_static(pod(name="web-worker-1"), uid="fedcba9876543210fedcba9876543210")))
    anew["spec"]["containers"][0]["image"] = image
    after = dump("after.json", anew, UPGRADED)
    capsys.readouterr()
    main(["verify", str(tmp_path / "plan.json"), "-f", after, "-o", "json"])
    (row,) = json.loads(capsys.readouterr().out)["containers"]
    assert (row["came"], row.get("because")) == ("recreated", expected[1])
    assert row["result"] == expected[0]
