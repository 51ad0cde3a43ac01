"""Words, variables and files as systemd reads them."""

from __future__ import annotations

import pytest

from upgradecheck.decode.kubelet.systemd import directives, environment_of, environment_of_older, files_shown, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("  a  b\t", ("a", "b"), id="words"),
        pytest.param('"a b" \'c d\'e --f="g h"', ("a b", "c de", "--f=g h"), id="quotes around a word and in it"),
        pytest.param(r"a\x20b \u00e9 \101 \n \s '\t' \q", ("a b", "é", "A", "\n", " ", "\t", r"\q"), id="escapes"),
        pytest.param("''", ("",), id="an empty word"),
        pytest.param("a\u2028b\x0cc\x85d", ("a\u2028b\x0cc\x85d",), id="what is blank to Unicode alone"),
        pytest.param('--a "b c', ("--a", "b", "c"), id="a quote that is never closed"),
        pytest.param("", (), id="none"),
    ],
)
def test_words(text: str, expected: tuple[str, ...]) -> None:
    assert words_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("A=1\n B = 2\nC=\n", {"A": "1", "B": "2", "C": ""}, id="plain, and blanks before and behind ="),
        pytest.param("# A='1\n;B=2\nC=3", {"C": "3"}, id="comments"),
        pytest.param("A=\"x \\\ny\" \nB='p\nq'\n", {"A": "x y", "B": "p\nq"}, id="over lines"),
        pytest.param('A=--x="p q"\nB="\\$x\\n"\nC=a\\ b\\\nc \n', {"A": '--x="p q"', "B": "$x\\n", "C": "a bc"}, id="quotes inside"),
        pytest.param("A=1\nexport A=2\n", {"A": "1"}, id="no export"),
        pytest.param(
            'A="x\\\\\ny"\nB=z\\\\\nC=1\n', {"A": "x\\\ny", "B": "z\\", "C": "1"}, id="a backslash that is escaped at an end of line"
        ),
        pytest.param("# a \\\nA=1\n", {"A": "1"}, id="a comment ends with its line"),
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


def test_shells_and_older_ones_read_environment_files_otherwise() -> None:
    assert environment_of("A=1\nexport A=2\nA = 3\n", of_shell=True) == {"A": "2"}
    assert environment_of_older("A=1\n# b \\\nA=2\n;c\nB=3\n") == {"A": "1", "B": "3"}


def test_lines_of_a_unit_end_where_they_end_for_systemd() -> None:
    text = "Environment=A=\u2028\x0b\x85\rExecStart=/a \\\r\n b\n"
    assert list(directives(text)) == [("Environment", "A=\u2028\x0b\x85"), ("ExecStart", "/a   b")]
