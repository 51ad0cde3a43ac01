"""``upgradecheck explain`` from the command line, over the recorded node that ships with the program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from upgradecheck.cli import main


def test_whatever_the_verdict_the_code_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--example", "default/lc-sleep", "-o", "json"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["kind"], told["from"], told["to"], told["pod"]["verdict"]) == ("Explanation", "1.22.17", "1.30.14", "restart")
    (container,) = told["containers"]
    assert container["evidence"] == {"grade": "recorded", "hash": {"hex": "dd4770b2", "decimal": 3712446642}, "creator": "1.22"}
    assert container["computed"]["to"] == [{"release": "1.30.14", "hash": {"hex": "95747ec1", "decimal": 2507439809}}]
    assert [step["step"] for step in container["steps"] if step["outcome"] == "decides"] == ["hash"]
    assert container["differences"] == [{"change": "added", "path": "lifecycle.preStop.sleep"}]
    assert err == ""


def test_values_are_shown_on_demand_and_with_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--example", "lc-sleep/c", "--show-values", "-o", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["containers"][0]["differences"] == [
        {"change": "added", "path": "lifecycle.preStop.sleep", "after": {"seconds": 1}}
    ]
    assert "Treat it as secret" in err


def test_a_table_says_verdict_step_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--example", "web-nouid-node-1"]) == 0
    out = capsys.readouterr().out
    assert all(
        words in out for words in ("RECREATE", "DECIDES   static uid", "yes set uid", "2268546787", "config/common.go applyDefaults")
    )


@pytest.mark.parametrize(
    ("target", "message"),
    [
        pytest.param(
            "default/lc-slep",
            "'default/lc-slep': no such pod or workload in the inputs and the scope. Near to it: default/lc-sleep, ",
            id="a typo behind a namespace that other names hold",
        ),
        pytest.param(
            "lc-slep", "'lc-slep': no such pod or workload in the inputs and the scope. Near to it: default/lc-sleep", id="a typo"
        ),
        pytest.param("lc-sleep/x", "'lc-sleep/x': pod default/lc-sleep has no container 'x'; it has c.", id="no such container"),
        pytest.param("kube-system/lc-sleep", "no such pod", id="another namespace"),
        pytest.param("\x1b[31mred", "no such pod", id="a name that repaints the screen"),
    ],
)
def test_whom_nobody_knows(target: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--example", target]) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "\x1b" not in err


def test_inputs_that_cannot_be_read_are_no_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--to", "1.31", "-f", "/nowhere/pods.json", "web"]) == 1
    assert "/nowhere/pods.json" in capsys.readouterr().err


def test_a_scope_narrows_the_choice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--example", "-n", "kube-system", "lc-sleep"]) == 64
    assert "no such pod or workload in the inputs and the scope" in capsys.readouterr().err


def test_the_new_kubelets_configuration_counts_as_it_does_in_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "cgroupDriver": "systemd"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    arguments = ["--example", "--to-config", str(tmp_path / "config.json"), "-o", "json"]
    assert main(["plan", *arguments, "--exit-zero"]) == 0
    (planned,) = [pod for pod in json.loads(capsys.readouterr().out)["pods"] if pod["name"] == "cache"]
    assert main(["explain", *arguments, "default/cache"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["pod"]["verdict"], told["pod"]["reason"]) == (planned["verdict"], planned["reason"]) == ("recreate", "cgroups_move")
    assert [(step["step"], step["detail"]) for step in told["containers"][0]["steps"] if step["outcome"] == "decides"] == [
        ("cgroup", "by its configuration the new kubelet keeps the cgroups of all pods elsewhere")
    ]


def test_a_feature_gate_counts_as_it_does_in_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--example", "--feature-gate", "to:NoSuchGate=true", "default/cache"]) == 64
    assert "NoSuchGate" in capsys.readouterr().err


def test_a_row_of_a_plan_may_be_pasted_without_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--example", "default", "Pod/lc-sleep"]) == 0
    assert capsys.readouterr().out.startswith("default/lc-sleep\n")


@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_people_are_told_what_a_machine_is(format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["explain", "--example", "--to", "1.30", "cache"]
    assert main([*asked, "-o", "json"]) == 0
    upstream, *notices = json.loads(capsys.readouterr().out)["notices"]
    assert any("--to 1.30 is taken as 1.30" in one for one in notices)
    assert main([*asked, "-o", format_]) == 0
    told = " ".join(capsys.readouterr().out.replace("\\", "").replace("`", "").split())
    assert [one for one in notices if one.replace("`", "") not in told] == []
    assert told.count(upstream) == 1
