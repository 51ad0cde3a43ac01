"""Settings of the machine are put back, by the last run, to what they were before the first."""

from pathlib import Path

import pytest

from tests.lab.tunables import kept


@pytest.fixture(name="setting")
def _setting(tmp_path: Path) -> Path:
    setting = tmp_path / "overcommit_memory"
    setting.write_text("0\n")
    return setting


def test_one_run_puts_back_what_it_found(tmp_path: Path, setting: Path) -> None:
    def interrupted() -> None:
        with kept(tmp_path / "file", (str(setting),)):
            setting.write_text("1\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (setting.read_text(), (tmp_path / "file").read_text()) == ("0\n", "")


def test_of_two_runs_the_last_one_does(tmp_path: Path, setting: Path) -> None:
    with kept(tmp_path / "file", (str(setting),)):
        setting.write_text("1\n")
        with kept(tmp_path / "file", (str(setting),)):
            setting.write_text("1\n")
        assert setting.read_text() == "1\n"
    assert setting.read_text() == "0\n"


@pytest.mark.parametrize(("boot", "restored"), [("same", "0\n"), ("another", "1\n")])
def test_what_a_killed_run_left_stands_until_the_machine_is_started_anew(
    tmp_path: Path, setting: Path, monkeypatch: pytest.MonkeyPatch, boot: str, restored: str
) -> None:
    (tmp_path / "boot").write_text("same")
    monkeypatch.setattr("tests.lab.tunables.BOOT", tmp_path / "boot")
    (tmp_path / "file").write_text(f'{{"boot": "{boot}", "settings": {{"{setting}": "0\\n"}}}}'.replace("\n", "\\n"))
    setting.write_text("1\n")  # as the killed run left it
    with kept(tmp_path / "file", (str(setting),)):
        pass
    assert setting.read_text() == restored
