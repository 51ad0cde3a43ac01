"""A kubelet's judgement of a file is that of the file's outline, whatever stands in it and whichever kubelet judges."""

from __future__ import annotations

import pytest

from tests import statefiles
from tests.builders import CATALOG
from upgradecheck.decisions.statefiles.judging import Wanted, judge
from upgradecheck.decisions.statefiles.outlining import forms_of, outlined
from upgradecheck.model.statefiles import StateFile, StateFormat, StateName

FILES = {
    StateName.CPUS: (
        statefiles.cpus("none", ""),
        statefiles.cpus("static", "0-3", {"pod-a": {"app": "4-5"}}),
        statefiles.cpus("static", "0-3", {"c1": "4-5"}, v1=True),
        statefiles.cpus_v4(),
        b'{"policyName":"static","defaultCpuSet":"0-5"}',
    ),
    StateName.MEMORY: (statefiles.memory("None"), statefiles.memory("Static", [0, 1])),
    StateName.DEVICES: (statefiles.devices(["0"]), statefiles.devices({"0": ["0"]})),
    StateName.CLAIMS: (statefiles.claims(),),
    StateName.STATUSES: (statefiles.resources(),),
    StateName.ALLOCATED: (statefiles.resources(),),
    StateName.ACTUATED: (statefiles.resources(), statefiles.resources("7")),
}
DAMAGED = (b"", b" \n", b"{", b"[]", b"null", b'{"checksum":"x"}')
WANTED = (
    Wanted(),
    Wanted("none"),
    Wanted("static", reserved="0-1", strict=True, containers=frozenset({"c1"})),
    Wanted("static", perhaps=True, containers=frozenset()),
)


NEVER_READ_BY_DEFAULT = (StateName.STATUSES,)


@pytest.mark.parametrize("name", StateName)
def test_a_file_is_judged_by_its_outline_as_by_its_content(name: StateName) -> None:
    told = 0
    for content in (
        *FILES[name],
        *DAMAGED,
        *(one[: len(one) // 2] for one in FILES[name]),
        *(one.replace(b"0", b"1", 1) for one in FILES[name]),
    ):
        file = StateFile(name, "/var/lib/kubelet/x", content)
        outline = outlined(file)
        assert outline.content is None
        for minor in CATALOG.minors():
            for build in CATALOG.builds_of(minor)[-1:]:
                for wanted in WANTED:
                    found = list(judge(file, build, wanted))
                    assert list(judge(outline, build, wanted)) == found, (content, minor, wanted)
                    told += len(found)
    assert (told > 20) is (name not in NEVER_READ_BY_DEFAULT)


def test_a_form_that_the_outline_does_not_know_is_no_all_clear() -> None:
    file = outlined(StateFile(StateName.CPUS, "x", statefiles.cpus("none", "")))
    assert file.outline is not None
    older = type(file.outline)({form: said for form, said in file.outline.forms.items() if form is StateFormat.CPUS_PLAIN})
    newest = CATALOG.builds_of(CATALOG.minors()[-1])[-1]
    told = list(judge(StateFile(StateName.CPUS, "x", size=9, outline=older), newest, Wanted()))
    assert any("collect it again" in one.what for one in told)


def test_every_form_belongs_to_a_file() -> None:
    assert {form for name in StateName for form in forms_of(name)} == set(StateFormat)


def test_what_is_not_there_or_cannot_be_read_stays_so() -> None:
    for file in (StateFile(StateName.CPUS, "x", absent=True), StateFile(StateName.CPUS, "x", problem="cannot be read")):
        assert outlined(file) == file
