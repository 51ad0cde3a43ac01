"""Files that give a kubelet its command line: which they are, and the words that come out."""

from __future__ import annotations

import pytest

from upgradecheck.decode.kubelet.arguments import arguments_in, gives_arguments, hands_on_arguments
from upgradecheck.model.errors import SpecRefused

DROP_IN = """# kubeadm's
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/b --kubeconfig=/k"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml" "OTHER=--no"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=
ExecStart=/usr/bin/kubelet --v=2 \\
  $KUBELET_KUBECONFIG_ARGS $KUBELET_EXTRA_ARGS --hostname-override "a b"
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('KUBELET_KUBEADM_ARGS="--a=1 --b"\n', ("--a=1", "--b"), id="kubeadm's"),
        pytest.param("KUBELET_EXTRA_ARGS=--a=1 --b\n", ("--a=1", "--b"), id="without quotes"),
        pytest.param("export KUBELET_ARGS='--a \"x y\"'\n", ("--a", "x y"), id="quotes inside"),
        pytest.param('KUBELET_ARGS="--a"\nKUBELET_ARGS="--b"\n', ("--b",), id="the last one counts"),
        pytest.param("# KUBELET_ARGS=--a\nPATH=/bin\n", (), id="a comment, and another variable"),
        pytest.param('KUBELET_ARGS="--a', ("--a",), id="a quote that is never closed"),
        pytest.param(
            "node-name: x\nkubelet-arg:\n- a=1\n- b\nkubelet-arg+: c\n", ("--hostname-override=x", "--a=1", "--b", "--c"), id="k3s and rke2"
        ),
        pytest.param('kubelet-arg: [--a=1, 2, {b: c}]\n"kubelet-arg+": b\n', ("--a=1", "--b"), id="with dashes, and what is no text"),
        pytest.param('LOGS="--logtostderr=true"\nKUBELET_ARGS="--a"\nPATH=/bin\n', ("--logtostderr=true", "--a"), id="kubespray's logs"),
        pytest.param('KUBELET_V1="--a\n  --b"\r\nKUBELET_X=--c\r\n', ("--a", "--b", "--c"), id="over lines, and lines of Windows"),
        pytest.param(
            "# x\n  --a=1 \\\n\t'--b' \"--c=d e\"\n--f\ng\n", ("--a=1", "\\", "--b", "--c=d", "e", "--f", "g"), id="as microk8s reads it"
        ),
        pytest.param("--kubeconfig=${SNAP}/k\n--a=1\n# --no\n", ("--kubeconfig=${SNAP}/k", "--a=1"), id="microk8s"),
    ],
)
def test_words(text: str, expected: tuple[str, ...]) -> None:
    assert arguments_in(text) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(b"KUBELET_EXTRA_ARGS=\n", True, id="an environment file"),
        pytest.param(DROP_IN.encode(), True, id="a drop-in"),
        pytest.param(b"kind: Pod\nx:\n  KUBELET_EXTRA_ARGS=--a\n", False, id="a pod with such a text in it"),
        pytest.param(b'{"x":"\\n KUBELET_EXTRA_ARGS="}', False, id="a dump"),
        pytest.param(b"apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n", False, id="a kubelet's configuration"),
        pytest.param(b"apiVersion: v1\nkind: Config\nclusters: []\n", False, id="kubelet.conf, a kubeconfig"),
        pytest.param(b"PATH=/bin\n", False, id="another environment file"),
        pytest.param(b"", False, id="nothing"),
        pytest.param(
            b"[Unit]\nDescription=x\n[Service]\nExecStart=/usr/bin/kubelet --v=2\n", True, id="a unit, which begins with a section"
        ),
        pytest.param(
            b"[Service]\nExecStart=/bin/docker run \\\n -v /a:/b \\\r\n r/kubelet:v1\n", True, id="a unit that names it lines later"
        ),
        pytest.param(b"[Service]\nExecStart=/bin/docker run x\nExecStop=/bin/kubelet\n", False, id="a unit whose next line names it"),
        pytest.param(b"[Service]\r\nEnvironment=KUBELET_ARGS=--v=2\r\n", True, id="a drop-in of another system's lines"),
        pytest.param(b'[\n"KUBELET_ARGS=--v=2"\n]', False, id="an array"),
    ],
)
def test_which_they_are(head: bytes, expected: bool) -> None:
    assert gives_arguments(head) is expected


def test_a_list_of_arguments_is_the_kubelets_by_its_name() -> None:
    assert (gives_arguments(b"--v=2\n"), gives_arguments(b"--v=2\n", alone=True), gives_arguments(b"PATH=x\n", alone=True)) == (
        False,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(b"server: x\nkubelet-arg: [a]\n", True, id="k3s's configuration"),
        pytest.param(b'"kubelet-arg+": [a]\n', True, id="a quoted key"),
        pytest.param(b"apiVersion: apps/v1\nkind: DaemonSet\nspec:\n  kubelet-arg: x\n", False, id="a manifest that is called config.yaml"),
        pytest.param(b"kind: Pod\nkubelet-arg: x\n", False, id="an object"),
        pytest.param(b"a:\n  kubelet-arg: x\n", False, id="not at the top"),
    ],
)
def test_what_hands_arguments_on(head: bytes, expected: bool) -> None:
    assert hands_on_arguments(head) is expected


@pytest.mark.parametrize("text", ["kubelet-arg:\n  a: [\n", "kubelet-arg: *x\n", "- a\nkubelet-arg: b\n"])
def test_such_a_file_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(SpecRefused):
        arguments_in(text)
