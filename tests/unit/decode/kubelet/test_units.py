"""Units, drop-ins and environment files, joined to a kubelet's command line as systemd does it."""

from __future__ import annotations

import pytest

from upgradecheck.decode.kubelet.systemd import environment_of
from upgradecheck.decode.kubelet.units import Joined, UnitFile, VariablesFile, join

UNIT = "kubelet.service"
DROP_IN = """# kubeadm's
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/b --kubeconfig=/k"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml" "OTHER=--no"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=
ExecStart=/usr/bin/kubelet --v=2 \\
  $KUBELET_KUBECONFIG_ARGS $KUBELET_EXTRA_ARGS --hostname-override "a b"
"""


def joined(files: dict[str, str], environments: dict[str, str] | None = None) -> Joined:
    units = [UnitFile(path, path, text) for path, text in files.items()]
    variables = [VariablesFile(path, path, environment_of(text)) for path, text in (environments or {}).items()]
    return join(units, variables, UNIT)


def words(one: Joined) -> tuple[str, ...]:
    return tuple(word.text for word in one.words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            DROP_IN,
            (
                "--v=2",
                "--bootstrap-kubeconfig=/b",
                "--kubeconfig=/k",
                "--hostname-override",
                "a b",
            ),
            id="a drop-in, whose command does not take all variables that it sets",
        ),
        pytest.param("ExecStart=/usr/bin/kubelet --a\nExecStart=\n", (), id="a command that is taken back"),
        pytest.param("ExecStart=/usr/bin/containerd --a\n", (), id="another program"),
        pytest.param("ExecStart=/usr/bin/k3s agent --kubelet-arg=a=1 '--kubelet-arg' b --v=2\n", ("--a=1", "--b"), id="k3s hands on"),
        pytest.param("ExecStart=/usr/bin/k0s worker --kubelet-extra-args='--a=1 --b'\n", ("--a=1", "--b"), id="so does k0s"),
        pytest.param("ExecStart = /usr/bin/env kubelet --a\nEnvironment = X=--no\n", ("--a",), id="blanks, and env before it"),
        pytest.param("ExecStart=/bin/bash -c 'exec /usr/bin/kubelet --a=1 $X'\n", ("--a=1",), id="a shell before it"),
        pytest.param("ExecStart=/usr/bin/kubelet \\\n  --a \\\n# --no\n  --b\n", ("--a", "--b"), id="a comment in between"),
        pytest.param("Environment=KUBELET_A=--no\nEnvironment=\nEnvironment=KUBELET_A=--a\n", ("--a",), id="what is taken back"),
        pytest.param("ExecStart=/bin/kubelet ${LOGS}\nEnvironment=LOGS=--a=1\n", ("--a=1",), id="a variable of another name"),
        pytest.param("ExecStart=/usr/lib/coreos/kubelet-wrapper \\\n  --a\n", ("--a",), id="a wrapper of its name"),
        pytest.param("ExecStart=/usr/local/bin/kubelet-v1.33.4 --a $X\n", ("--a",), id="a version in its name"),
        pytest.param("ExecStart=/usr/local/bin/kubelet-v1.33.4\n", (), id="that without flags"),
        pytest.param("ExecStart=/hyperkube kubelet --a\n", ("--a",), id="hyperkube"),
        pytest.param("ExecStart=/usr/bin/hyperkube kube-proxy --a --x=/var/lib/kubelet/y\n", (), id="another part of hyperkube"),
        pytest.param("ExecStart=${KUBELET_BIN} --a --b=/var/lib/kubelet\n", ("--a", "--b=/var/lib/kubelet"), id="a variable program"),
        pytest.param("ExecStart=/opt/run --b=/var/lib/kubelet --a\n", (), id="a path of its folder is no program"),
        pytest.param(
            "ExecStart=/usr/bin/docker run --privileged --name kubelet -v /var/lib/kubelet:/var/lib/kubelet:rw reg/hyperkube:v1 kubelet --a\n",
            ("--a",),
            id="in a container",
        ),
        pytest.param("ExecStart=-/usr/bin/podman run --rm -v /x:/kubelet:z quay.io/a/kubelet:v1.33.4 --a=1\n", ("--a=1",), id="its image"),
        pytest.param("ExecStart=/usr/bin/docker run -v /var/lib/kubelet:/x node-exporter --a\n", (), id="another one in a container"),
        pytest.param(
            "ExecStart=/usr/bin/docker run \\\n --oom-kill-disable -itd --volume=/a:/kubelet --pids-limit 9 reg/kubelet:v1 --a\n",
            ("--a",),
            id="its own flags before the image, those that take no word and those that do",
        ),
        pytest.param(
            "ExecStart=/usr/bin/ctr run --net-host --mount type=bind,src=/var/lib/kubelet reg/kubelet:v1 kubelet /bin/kubelet --a\n",
            ("--a",),
            id="ctr, with a name behind the image",
        ),
        pytest.param(
            "ExecStart=/usr/bin/docker run --name exporter -v /var/lib/kubelet:/kubelet exporter:v1 --pods /var/lib/kubelet --a\n",
            (),
            id="another one that reads the kubelet's directory",
        ),
        pytest.param("ExecStart=:/bin/kubelet --a $X\nEnvironment=X=--no\n", ("--a",), id="a prefix with which none is replaced"),
        pytest.param("ExecStart=/bin/kubelet --a=$X --b=${X}\nEnvironment=X=1\n", ("--a=$X", "--b=1"), id="a part of a word"),
        pytest.param("ExecStart=/bin/kubelet --a=$$X --b=%n --c=%h%%\n", ("--a=$X", "--b=kubelet.service", "--c=/root%"), id="specifiers"),
        pytest.param('ExecStart=/bin/kubelet $X ${X}\nEnvironment="X=--a --b"\n', ("--a", "--b", "--a --b"), id="words, and one word"),
        pytest.param("ExecStart=/bin/kubelet $X\nEnvironment=X=--no\nUnsetEnvironment=X\n", (), id="unset at the end"),
        pytest.param(
            "ExecStart=/bin/kubelet $X $Y\nEnvironment=X=--a Y=--no\nUnsetEnvironment=X=--b Y=--no\n",
            ("--a",),
            id="one assignment is unset",
        ),
        pytest.param("ExecStart=/bin/sh -c 'kubelet ${X}'\nEnvironment=\"X=--a --b\"\n", ("--a", "--b"), id="by a shell one is several"),
        pytest.param(
            "ExecStart=/bin/kubelet --a=\\\\\nEnvironment=X=1\n", ("--a=\\",), id="a backslash that is escaped at the end of a line"
        ),
        pytest.param("ExecStart=/bin/sh -c 'exec kubelet $$X'\nEnvironment=\"X=--a --b\"\n", ("--a", "--b"), id="a shell's variable"),
        pytest.param(
            "ExecStart=/bin/sh -c 'kubelet ${X:-} \"$Y\" ${Z:---z}'\nEnvironment=X=--a Y=--b=\n", ("--a", "--b=", "--z"), id="defaults"
        ),
        pytest.param("ExecStart=/bin/sh -c \"A=--a; exec kubelet $$A '$$A' >> /log 2>&1\"\n", ("--a",), id="a variable of the line"),
        pytest.param("ExecStart=/bin/sh -c 'mkdir -p /x && kubelet --a; echo --no'\n", ("--a",), id="commands around it"),
        pytest.param("ExecStart=/bin/sh -c 'kubelet \"$$@\"' x --a\n", ("x", "--a"), id="what stands behind the line"),
        pytest.param("[Unit]\nEnvironment=X=--no\n[Service]\nExecStart=/bin/kubelet $X\n", (), id="another section"),
    ],
)
def test_one_file(text: str, expected: tuple[str, ...]) -> None:
    assert words(joined({UNIT: text})) == expected


SERVICE = '[Service]\nEnvironment="X=--x"\nEnvironmentFile=-/etc/default/kubelet\nExecStart=/usr/bin/kubelet --plain $X\n'
OWN_COMMAND = "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet --own $X $Y\n"


@pytest.mark.parametrize(
    ("files", "environments", "expected"),
    [
        pytest.param({UNIT: SERVICE}, {}, ("--plain", "--x"), id="the unit alone"),
        pytest.param({UNIT: SERVICE, "10-a.conf": OWN_COMMAND}, {}, ("--own", "--x"), id="a variable of the unit in a drop-in's command"),
        pytest.param({"10-a.conf": OWN_COMMAND, UNIT: SERVICE}, {}, ("--own", "--x"), id="in whatever order they are given"),
        pytest.param(
            {UNIT: SERVICE, "20-b.conf": "[Service]\nEnvironment=X=--b\n", "10-a.conf": "[Service]\nEnvironment=X=--a\n"},
            {},
            ("--plain", "--b"),
            id="of drop-ins the last name counts",
        ),
        pytest.param({UNIT: SERVICE, "a.conf": "[Service]\nEnvironment=\n"}, {}, ("--plain",), id="what a drop-in takes back"),
        pytest.param(
            {UNIT: SERVICE, "a.conf": OWN_COMMAND}, {"kubelet": "X=--file\nY='--y z'\n"}, ("--own", "--file", "--y", "z"), id="files win"
        ),
        pytest.param(
            {UNIT: SERVICE, "a.conf": "[Service]\nEnvironmentFile=/b.env\n"},
            {"b.env": "X=--b\n", "d/default/kubelet": "X=--a\n"},
            ("--plain", "--b"),
            id="in their order",
        ),
        pytest.param(
            {UNIT: SERVICE, "a.conf": "[Service]\nEnvironmentFile=\n"}, {"kubelet": "X=--no\n"}, ("--plain", "--x"), id="files taken back"
        ),
        pytest.param({UNIT: SERVICE}, {"sysconfig/kubelet": "X=--no\n"}, ("--plain", "--x"), id="another file of that name"),
        pytest.param({UNIT: SERVICE}, {"kubelet": "export X=--no\n"}, ("--plain", "--x"), id="systemd knows no export"),
        pytest.param(
            {f"n/usr/lib/systemd/system/{UNIT}": SERVICE, f"n/etc/systemd/system/{UNIT}": "[Service]\nExecStart=/bin/kubelet --etc\n"},
            {},
            ("--etc",),
            id="a unit of /etc hides that of /usr",
        ),
        pytest.param(
            {
                f"n/lib/systemd/system/{UNIT}": SERVICE,
                f"n/lib/systemd/system/{UNIT}.d/a.conf": "[Service]\nEnvironment=X=--no\n",
                f"n/etc/systemd/system/{UNIT}.d/a.conf": "[Service]\nEnvironment=X=--yes\n",
                "n/etc/systemd/system/service.d/a.conf": "[Service]\nEnvironment=X=--type\n",
            },
            {},
            ("--plain", "--yes"),
            id="so does a drop-in, and one of all services comes last",
        ),
        pytest.param({"a.conf": "[Service]\nEnvironment=X=--a Y=--b P=/bin\n"}, {}, ("--a", "--b"), id="no command: all that hold flags"),
    ],
)
def test_files_that_are_joined(files: dict[str, str], environments: dict[str, str], expected: tuple[str, ...]) -> None:
    assert words(joined(files, environments)) == expected


@pytest.mark.parametrize(
    ("files", "environments", "unknown", "lacking"),
    [
        pytest.param({UNIT: SERVICE}, {}, (), ("/etc/default/kubelet",), id="a file is lacking, and no variable is open"),
        pytest.param({UNIT: SERVICE, "a.conf": OWN_COMMAND}, {}, ("Y",), ("/etc/default/kubelet",), id="a variable may stand in it"),
        pytest.param({UNIT: SERVICE, "a.conf": OWN_COMMAND}, {"kubelet": "Z=1\n"}, (), (), id="it does not: the variable is empty"),
        pytest.param({"a.conf": OWN_COMMAND}, {}, ("X", "Y"), (), id="the unit is not there"),
        pytest.param(
            {UNIT: "[Service]\nExecStart=/bin/kubelet $A $B $C\nEnvironment=B=--b\nPassEnvironment=A B\n"},
            {},
            ("A",),
            ("the environment of systemd itself (systemctl show-environment)",),
            id="what systemd passes on from itself",
        ),
    ],
)
def test_what_is_not_known(files: dict[str, str], environments: dict[str, str], unknown: tuple[str, ...], lacking: tuple[str, ...]) -> None:
    found = joined(files, environments)
    assert (found.unknown, found.lacking) == (unknown, lacking)


def test_each_word_is_where_it_stands() -> None:
    found = joined({UNIT: SERVICE, "a.conf": OWN_COMMAND}, {"kubelet": "Y=--y\n"})
    assert [(word.text, word.place) for word in found.words] == [("--own", "a.conf"), ("--x", UNIT), ("--y", "kubelet")]
    assert (found.place, found.taken) == ("a.conf", frozenset({"kubelet"}))


@pytest.mark.parametrize(
    "command",
    [
        "/opt/bin/start-kubelet.sh",
        "/opt/bin/kubelet-start.sh",
        "/bin/run-kubelet --a",
        "/usr/bin/docker start -a kubelet",
        "/opt/start-node.sh",
        "/usr/bin/docker run --name kubelet -v /a:/b reg/node:v1 --a",
        "/usr/bin/docker run --name=kubelet reg/node:v1 --a",
        "/usr/bin/docker run --entrypoint /kubelet reg/hyperkube:v1 --a",
        "/usr/bin/docker run --unheard-of reg/kubelet:v1 --a",
        "/usr/bin/rkt run quay.io/coreos/hyperkube:v1 --exec=/kubelet -- --a",
        "/usr/bin/docker-compose up kubelet",
        "/usr/bin/docker-compose up --no-color kubelet --timeout 9",
        "/usr/bin/docker start kubelet --attach",
        "/usr/bin/machinectl start kubelet",
    ],
)
def test_a_command_that_shows_no_command_line_is_a_problem(command: str) -> None:
    assert joined({UNIT: f"[Service]\nExecStart={command}\n"}).problem
    assert not joined({UNIT: f"[Service]\nExecStart={command}\n", "a.conf": OWN_COMMAND}).problem


@pytest.mark.parametrize(
    ("command", "image"),
    [
        pytest.param(
            "/usr/bin/docker run --rm --name kubelet -v /a:/b rancher/hyperkube:v1.20.4 kubelet --a",
            "rancher/hyperkube:v1.20.4",
            id="hyperkube",
        ),
        pytest.param(
            "-/usr/bin/podman container run -d quay.io/a/kubelet:v1.33.4 --a", "quay.io/a/kubelet:v1.33.4", id="an image of its name"
        ),
        pytest.param("/bin/ctr -n k8s.io run --net-host a/kubelet:v1 kubelet /kubelet --a", "a/kubelet:v1", id="ctr"),
        pytest.param("/bin/sh -c 'exec docker run a/kubelet:v1 --a'", "a/kubelet:v1", id="by a shell"),
        pytest.param("/usr/bin/docker run -v /var/lib/kubelet:/x node-exporter --a", "", id="another program"),
        pytest.param("/usr/bin/docker run --name kubelet reg/node:v1 --a", "", id="one that is not understood"),
        pytest.param("/usr/bin/kubelet --a", "", id="no container"),
    ],
)
def test_the_image_of_a_kubelet_in_a_container(command: str, image: str) -> None:
    assert joined({UNIT: f"[Service]\nExecStart={command}\n"}).image == image
