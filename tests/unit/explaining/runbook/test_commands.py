"""The commands of runbooks: each is shell, and right for its node."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.builders_plan import PLANS, container, plan, pod, restarting
from tests.drawing import tried
from tests.unit.contract.saved import saved
from tests.unit.explaining.runbook.books import HELD, MAP, STATIC, book, fences, on_runtime, typed
from tests.unit.renderers.strategies import plans
from upgradecheck.contract.v1.plan_reading import SavedPlan
from upgradecheck.explaining.runbook.choosing import choices
from upgradecheck.explaining.runbook.typing import back, commands
from upgradecheck.model.plan import Plan, Verdict
from upgradecheck.model.reasons import Reason

STATE_FILES = (
    "config.yaml kubeadm-flags.env cpu_manager_state memory_manager_state device-plugins/kubelet_internal_checkpoint dra_manager_state"
    " pod_status_manager_state allocated_pods_state actuated_pods_state"
)
TAR = f"tar --ignore-failed-read -czf ~/kubelet-state-before.tgz -C /var/lib/kubelet {STATE_FILES}"
HOSTILE = ("$(reboot)", "a;b", "a b", "a\nb", "`x`", "'", "-rf", "a/../b", "", "```", "\u202e")


def test_a_drained_node() -> None:
    assert typed(plan(pod("a", restarting(), local_storage=True))) == [
        "kubectl cordon node-a",
        "kubectl drain node-a --ignore-daemonsets --delete-emptydir-data --timeout=30m",
        "upgradecheck checkpoint record",
        "upgradecheck checkpoint verify",
        TAR,
        "systemctl stop kubelet",
        "install_kubelet 1.30.14",
        "systemctl start kubelet",
        "kubectl wait --for=condition=Ready node/node-a --timeout=10m",
        "sleep 60  # the new kubelet looks at every pod",
        "upgradecheck verify plan.json --node node-a  # 0, or 3 for what the drain moved",
        "kubectl uncordon node-a",
    ]


@pytest.mark.parametrize(
    ("runtime", "start", "target", "expected"),
    [
        pytest.param("containerd://1.7.2", "1.22.17", "1.30.14", [
            "upgradecheck override apply ~/plan.json --node node-a",
            "systemctl stop kubelet",
            "upgradecheck override apply ~/plan.json --node node-a --confirm b5bb9d8014a0f9b1d61e21e796d78dcc --restart-runtime",
            "upgradecheck override status ~/plan.json --node node-a",
            "install_kubelet 1.30.14",
            "systemctl start kubelet",
        ], id="containerd: records are written while no kubelet runs"),
        pytest.param("cri-o://1.29.1", "1.22.17", "1.30.14", [
            "upgradecheck override proxy --listen /run/upgradecheck/cri.sock --upstream /run/crio/crio.sock --map ~/plan.json --print-unit > /etc/systemd/system/upgradecheck-proxy.service",
            "systemctl daemon-reload",
            "systemctl enable --now upgradecheck-proxy.service",
            "systemctl stop kubelet",
            "point_kubelet_at unix:///run/upgradecheck/cri.sock",
            "install_kubelet 1.30.14",
            "systemctl start kubelet",
        ], id="CRI-O: a proxy answers"),
        pytest.param("containerd://1.7.2", "1.22.17+k3s1", "1.30.14", [
            "upgradecheck override apply ~/plan.json --node node-a --alone",
            "systemctl stop k3s-agent",
            "upgradecheck override apply ~/plan.json --node node-a --confirm b5bb9d8014a0f9b1d61e21e796d78dcc --alone",
            "upgradecheck override status ~/plan.json --node node-a --alone",
            "install_kubelet 1.30.14",
            "systemctl start k3s-agent",
        ], id="k3s: containerd ends with its unit"),
        pytest.param("docker://20.10.24", "1.20.15", "1.22.17", [
            "upgradecheck override apply ~/plan.json --node node-a --docker auto",
            "systemctl stop kubelet",
            "upgradecheck override apply ~/plan.json --node node-a --confirm b5bb9d8014a0f9b1d61e21e796d78dcc --docker auto --restart-runtime",
            "upgradecheck override status ~/plan.json --node node-a --docker auto",
            "install_kubelet 1.22.17",
            "systemctl start kubelet",
        ], id="dockershim: labels are written while dockerd is stopped"),
    ],
)  # fmt: skip
def test_an_override(runtime: str, start: str, target: str, expected: list[str]) -> None:
    assert typed(on_runtime(plan(pod("web-1", HELD), overrides=MAP), runtime, start=start, target=target))[3:-3] == expected


def test_the_way_of_docker_before_1_24_hangs_on_what_speaks_to_it() -> None:
    what = on_runtime(plan(pod("web-1", HELD), overrides=MAP), "docker://20.10.24", start="1.20.15", target="1.22.17")
    behind = replace(what, nodes=tuple(replace(one, docker_over_cri=True) for one in what.nodes))
    assert [line for block in back(choices(what)[0], what) for line in block.lines] == [
        "systemctl stop kubelet",
        "upgradecheck override undo /var/lib/upgradecheck/override/*-b5bb9d8014a0.journal --confirm b5bb9d8014a0f9b1d61e21e796d78dcc"
        " --docker auto --restart-runtime",
        "install_kubelet 1.20.15",
        "systemctl start kubelet",
    ]
    (first, *_, last) = typed(behind)[3:-3]
    assert first == (
        "upgradecheck override proxy --listen /run/upgradecheck/cri.sock --upstream /run/cri-dockerd.sock --map ~/plan.json --print-unit"
        " > /etc/systemd/system/upgradecheck-proxy.service"
    )
    assert last == "systemctl start kubelet"


NOT_TOLD = (
    "upgradecheck checkpoint record --node node-a --kubelet-version {} --start"
    ' "${{STARTED:?set it to the time at which its unit was started, such as 2026-01-31T08:00:00Z}}"'
)
SNAP = "--containerd /var/snap/microk8s/common/run/containerd.sock"


@pytest.mark.parametrize(
    ("start", "labels", "expected"),
    [
        pytest.param("1.22.17-kubeedge-v1.13.0", {}, [
            NOT_TOLD.format("1.22.17-kubeedge-v1.13.0"),
            "upgradecheck checkpoint verify",
            "upgradecheck override apply ~/plan.json --node node-a",
            "systemctl stop edgecore",
            "upgradecheck override apply ~/plan.json --node node-a --confirm b5bb9d8014a0f9b1d61e21e796d78dcc --restart-runtime",
            "upgradecheck override status ~/plan.json --node node-a",
            "install_kubelet 1.30.14",
            "systemctl start edgecore",
        ], id="KubeEdge: the kubelet is inside edgecore, containerd is not"),
        pytest.param("1.22.17", {"microk8s.io/cluster": "true"}, [
            NOT_TOLD.format("1.22.17"),
            "upgradecheck checkpoint verify",
            f"tar --ignore-failed-read -czf ~/kubelet-state-before.tgz -C /var/snap/microk8s/common/var/lib/kubelet {STATE_FILES}",
            f"upgradecheck override apply ~/plan.json --node node-a {SNAP}",
            "systemctl stop snap.microk8s.daemon-kubelite",
            f"upgradecheck override apply ~/plan.json --node node-a --confirm b5bb9d8014a0f9b1d61e21e796d78dcc {SNAP} --restart-runtime",
            f"upgradecheck override status ~/plan.json --node node-a {SNAP}",
            "install_kubelet 1.30.14",
            "systemctl start snap.microk8s.daemon-kubelite",
        ], id="microk8s: likewise, and both are elsewhere"),
        pytest.param("1.22.17+k0s", {}, [
            "upgradecheck checkpoint record",
            "upgradecheck checkpoint verify",
            f"tar --ignore-failed-read -czf ~/kubelet-state-before.tgz -C /var/lib/k0s/kubelet {STATE_FILES}",
            "upgradecheck override apply ~/plan.json --node node-a --alone",
            "systemctl stop k0sworker",
            "upgradecheck override apply ~/plan.json --node node-a --confirm b5bb9d8014a0f9b1d61e21e796d78dcc --alone",
            "upgradecheck override status ~/plan.json --node node-a --alone",
            "install_kubelet 1.30.14",
            "systemctl start k0sworker",
        ], id="k0s: its kubelet has a directory of its own"),
    ],
)  # fmt: skip
def test_a_distribution_has_its_own_names(start: str, labels: dict[str, str], expected: list[str]) -> None:
    what = on_runtime(plan(pod("web-1", HELD), overrides=MAP), "containerd://1.7.2", start=start)
    what = replace(what, nodes=tuple(replace(one, labels=labels) for one in what.nodes))
    assert typed(what)[:-3] == expected


def test_the_way_back_of_a_proxied_node_ends_the_proxy() -> None:
    what = on_runtime(plan(pod("web-1", HELD), overrides=MAP), "cri-o://1.29.1")
    (chosen,) = choices(what)
    assert [line for block in back(chosen, what) for line in block.lines] == [
        "systemctl stop kubelet",
        "point_kubelet_at unix:///run/crio/crio.sock",
        "install_kubelet 1.22.17",
        "systemctl start kubelet",
        "systemctl disable --now upgradecheck-proxy.service",
    ]


def test_what_a_drain_is_refused_for_is_named() -> None:
    text = book(plan(pod("web-1", restarting()), pod("alone", workload="Pod/alone")))
    assert "A drain is refused while pods run there that nothing makes anew: `shop/alone`." in text
    assert "A drain is refused" not in book(plan(pod("web-1", restarting())))


def test_static_pods_are_waited_for_by_their_names() -> None:
    some = [pod("etcd-a", namespace="kube-system", **STATIC), pod("api-a", namespace="kube-system", **STATIC), pod("web-1")]
    refused = pod("old-a", container(verdict=Verdict.REJECT), namespace="kube-system", **STATIC)
    strange = pod("$(reboot)", namespace="kube-system", **STATIC)
    ended = pod("once-a", restarting(), namespace="kube-system", ends=True, **STATIC)
    done = pod("done-a", container(verdict=Verdict.NOT_COMPARED, reason=Reason.FINISHED), namespace="kube-system", **STATIC)
    what = plan(*some, some[0], refused, strange, ended, done)
    (chosen,) = choices(what)
    lines = [line for block in commands(chosen, what, what.pods) for line in block.lines if "wait" in line]
    assert lines == [
        "kubectl wait --for=condition=Ready node/node-a --timeout=10m",
        "kubectl -n kube-system wait pod/etcd-a pod/api-a --for=condition=Ready --timeout=10m",
    ]


def test_waves_hold_every_node_once_and_each_is_verified() -> None:
    what = PLANS["in-waves"]
    text = book(what)
    headings = re.findall(r"^#### `([^`]+)`: ", text, re.MULTILINE)
    assert headings == [name for wave in what.waves for name in wave.nodes]
    assert sorted(headings) == sorted(node.name for node in what.nodes)
    last = len(what.waves)
    asked = [line for block in fences(text) for line in block.splitlines() if line.endswith(".json")]
    assert [line for line in asked if "verify" in line] == [
        "upgradecheck verify plan.json -o table -o json=wave-1.json",
        *(f"upgradecheck verify plan.json --earlier wave-{n - 1}.json -o table -o json=wave-{n}.json" for n in range(2, last + 1)),
        f"upgradecheck verify plan.json --earlier wave-{last}.json -o table -o json=verified.json",
    ]


def test_a_saved_plan_knows_whose_build_a_node_runs() -> None:
    what = on_runtime(plan(pod("web-1", restarting())), "containerd://1.7.2", start="1.22.17+k3s1")
    read = SavedPlan(saved(replace(what, nodes=tuple(replace(one, vendor="k3s1") for one in what.nodes)))).plan()
    assert "systemctl stop k3s-agent" in typed(read)


def test_an_override_on_an_unseen_runtime_is_left_open() -> None:
    what = on_runtime(plan(pod("web-1", HELD), overrides=MAP), None)
    (chosen,) = choices(what)
    assert (typed(what), [*back(chosen, what)]) == ([], [])
    assert "Its runtime was not seen, so no command is given for it" in book(what)


def test_the_way_back_puts_the_records_back_first() -> None:
    what = on_runtime(plan(pod("web-1", HELD), overrides=MAP), "containerd://1.7.2")
    (chosen,) = choices(what)
    assert [line for block in back(chosen, what) for line in block.lines] == [
        "systemctl stop kubelet",
        "upgradecheck override undo /var/lib/upgradecheck/override/*-b5bb9d8014a0.journal --confirm b5bb9d8014a0f9b1d61e21e796d78dcc --restart-runtime",
        "install_kubelet 1.22.17",
        "systemctl start kubelet",
    ]


def test_owners_are_named_where_a_plan_has_them() -> None:
    some = plan(pod("a", restarting(), owner="team|pay"), pod("b", restarting(), workload="Deployment/api"))
    text = book(some)
    assert "| namespace | workload | owner | at once | notes |" in text
    assert "| `shop` | `Deployment/web` | `team\\|pay` |" in text
    assert "| `shop` | `Deployment/api` | – |" in text
    assert "owner" not in book(plan(pod("a", restarting())))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_command_holds_a_name_that_kubernetes_does_not_allow(name: str) -> None:
    what = plan(pod("a", restarting(), node=name))
    text = book(on_runtime(what, "containerd://1.7.2", name=name))
    assert "no command is given for it" in text
    assert not any("drain" in each for each in fences(text))
    assert len(fences(text)) == text.count("```sh\n") == (len(re.findall("^```", text, re.MULTILINE))) // 2


def _script(blocks: list[str]) -> str:
    return "#!/bin/sh\n" + "".join(blocks)


def _every(others: list[Plan]) -> list[str]:
    """The commands of the plans that goldens show, and of some more."""
    held = plan(pod("web-1", HELD), overrides=MAP)
    runtimes = ("containerd://1.7.2", "cri-o://1.29.1", "docker://20.10", None)
    more = [
        on_runtime(held, runtime, start=start)
        for runtime in runtimes
        for start in ("1.22.17", "1.22.17+k3s1", "1.22.17+rke2r1", "1.22.17+k0s")
    ]
    return [block for what in (*PLANS.values(), *more, *others) for block in fences(book(what))]


@tried(20)
@given(what=plans())
def test_fences_are_closed_and_hold_commands_alone(what: Plan) -> None:
    text = book(what)
    assert len(re.findall("^```", text, re.MULTILINE)) == 2 * len(fences(text))
    words = {line.split()[0] for block in fences(text) for line in block.splitlines()}
    assert words <= {
        "kubectl", "upgradecheck", "systemctl", "tar", "sleep", "sh", "test", "cd", "journalctl", "stat", "for", "ls", "install_kubelet", "point_kubelet_at",
        "backup_etcd", "fetch_plan", 'KUBECONFIG="${KUBECONFIG:-/etc/kubernetes/kubelet.conf}"',
    }  # fmt: skip


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, **more)


def test_a_shell_takes_all_of_them() -> None:
    told = run("sh", "-n", input=_script(_every([])))
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing() -> None:
    blocks = list(dict.fromkeys(_every([])))
    told = run("shellcheck", "-s", "sh", "-", input=_script(blocks))
    assert (told.returncode, told.stdout) == (0, "")
