"""An environment as a file of systemd's: what it reads back, by its grammar. A real one was asked, too: tests/lab/systemd/environment.py."""

import pytest

from upgradecheck.machine.environment_file import as_file


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param("A=b", b'A="b"\n', id="always in quotes"),
        pytest.param("A=", b'A=""\n', id="empty"),
        pytest.param("A= b ", b'A=" b "\n', id="blanks"),
        pytest.param('A="b"', b'A="\\"b\\""\n', id="quotes"),
        pytest.param("A='b'", b"A=\"'b'\"\n", id="single quotes are themselves"),
        pytest.param("A=b\\", b'A="b\\\\"\n', id="a backslash at the end closes nothing"),
        pytest.param("A=b\nB=c", b'A="b\nB=c"\n', id="a newline begins no other"),
        pytest.param("A=$b`c`#;", b'A="$b`c`#;"\n', id="nothing is expanded"),
        pytest.param("A=b=c", b'A="b=c"\n', id="the first sign counts"),
        pytest.param("_A1=\u00e4", '_A1="\u00e4"\n'.encode(), id="UTF-8"),
        pytest.param("A=\udcff", b"", id="not UTF-8: systemd would read nothing of the file"),
        pytest.param("BASH_FUNC_x%%=() { :; }", b"", id="a name that is none"),
        pytest.param("1A=b", b"", id="nor one that begins with a digit"),
        pytest.param("#A=b", b"", id="nor a comment"),
        pytest.param("A\n=b", b"", id="nor one that goes on in the next line"),
        pytest.param("=b", b"", id="no name"),
        pytest.param("A", b"", id="no value"),
    ],
)
def test_each_value_is_a_line(one: str, expected: bytes) -> None:
    assert as_file((one,)) == expected
    assert as_file(("Y=1", one, "Z=2")) == b'Y="1"\n' + expected + b'Z="2"\n'
