"""Words, variables and files as systemd reads them."""

from __future__ import annotations

import pytest

from upgradecheck.decode.kubelet.systemd import environment_of, files_shown, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("  a  b\t", ("a", "b"), id="words"),
        pytest.param('"a b" \'c d\'e --f="g h"', ("a b", "c de", "--f=g h"), id="quotes around a word and in it"),
        pytest.param(r"a\x20b \u00e9 \101 \n \s '\t' \q", ("a b", "é", "A", "\n", " ", "\t", r"\q"), id="escapes"),
        pytest.param("''", ("",), id="an empty word"),
        pytest.param('--a "b c', ("--a", "b", "c"), id="a quote that is never closed"),
        pytest.param("", (), id="none"),
    ],
)
def test_words(text: str, expected: tuple[str, ...]) -> None:
    assert words_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("A=1\n B = 2\nC=\n", {"A": "1", "C": ""}, id="plain"),
        pytest.param("# A='1\n;B=2\nC=3", {"C": "3"}, id="comments"),
        pytest.param("A=\"x \\\ny\" \nB='p\nq'\n", {"A": "x y", "B": "p\nq"}, id="over lines"),
        pytest.param('A=--x="p q"\nB="\\$x\\n"\nC=a\\ b\\\nc \n', {"A": '--x="p q"', "B": "$x\\n", "C": "a bc"}, id="quotes inside"),
        pytest.param("export A=1\n", {}, id="no export"),
        pytest.param('A="x', {"A": '"x'}, id="a quote that is never closed"),
    ],
)
def test_environment_files(text: str, expected: dict[str, str]) -> None:
    assert environment_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "# /lib/systemd/system/kubelet.service\n[Unit]\n# /not/one\n\n# /etc/x y.conf\n[Service]\n",
            (("/lib/systemd/system/kubelet.service", "\n[Unit]\n# /not/one\n\n"), ("/etc/x y.conf", "\n[Service]\n")),
            id="two files",
        ),
        pytest.param("[Unit]\n# /lib/a.service\n", (), id="a unit with such a comment"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_what_systemctl_cat_prints(text: str, expected: tuple[tuple[str, str], ...]) -> None:
    assert files_shown(text) == expected
