"""A unit, its drop-ins and its environment files, joined to the command line that systemd starts a kubelet with.

Of a unit the file of the highest folder counts (/etc over /run over /usr), then its drop-ins by name, of which a higher folder hides one of
the same name. An empty ``ExecStart=``, ``Environment=`` or ``EnvironmentFile=`` takes back what was before it. Variables of environment
files, read in their order, win over those of the unit. In ExecStart ``$X`` that is a word becomes as many words as X has, and ``${X}`` a
part of one; elsewhere in a word ``$X`` is not replaced.

Where no file has a command, every variable that holds flags counts. A variable that nobody sets is empty; unless an environment file was
not given, or the unit itself: then it is not known (``unknown``).

Mirrors systemd.unit(5), systemd.exec(5) and replace_env_argv of systemd (v255).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.kubelet.commands import Word, image_of, is_script, kubelet_words, wrapper_of
from upgradecheck.decode.kubelet.shells import line_of
from upgradecheck.decode.kubelet.systemd import directives, flags_in, specified, words_of
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

FOLDERS = (
    *("etc/systemd/system.control", "run/systemd/system.control", "run/systemd/transient", "run/systemd/generator.early"),
    *("etc/systemd/system", "etc/systemd/system.attached", "run/systemd/system", "run/systemd/system.attached", "run/systemd/generator"),
    *("usr/local/lib/systemd/system", "usr/lib/systemd/system", "lib/systemd/system", "run/systemd/generator.late"),
)
"""Where units stand, the highest first."""
_TYPE_LEVEL = "service"
_USUAL = "kubelet.service"
_MANAGER = "the environment of systemd itself (systemctl show-environment)"
_MASKED = "it is empty or a link to nothing: systemd takes the unit for masked, whatever stands below; what starts the kubelet is not seen"
_SEVERAL = (
    "it has several ExecStart=, of which systemd takes more than one in a oneshot unit alone: give the kubelet's command line in a file of "
    "KUBELET_EXTRA_ARGS=…"
)
_WHOLE = pattern(r"\$(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)\})")
_BRACED = pattern(r"\$(?:\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<dollar>\$))")
_PREFIXES = pattern(r"[-@:+!|]*")
_ASSIGNED = pattern(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)", re.DOTALL)
_SHARED_PARENTS = frozenset({"default", "sysconfig", "conf.d"})


class UnitFile(msgspec.Struct, frozen=True, gc=False):
    """A unit or a drop-in. place: as the user named it; path: where it stood, as far as that is told; text: all of it.

    apart: it is of another machine than files of other roots.
    """

    place: str
    path: str
    text: str
    apart: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def is_main(self) -> bool:
        """Whether it is the unit itself."""
        return self.name.endswith(".service")

    @property
    def unit(self) -> str:
        """The unit that it is of, as its name or its folder says; empty where neither does. ``node-1-kubelet.service`` is a kubelet's."""
        folder = self._folder[-1:]
        told = self.name if self.is_main else (folder[0].removesuffix(".d") if folder and folder[0].endswith(".d") else "")
        if not told.endswith(".service"):
            return ""
        return "kubelet.service" if told.endswith(("-kubelet.service", "_kubelet.service", ".kubelet.service")) else told

    @property
    def rank(self) -> tuple[bool, int]:
        """Of what files of one name the first hides the others: its folder, and that those of a type come last."""
        above = "/".join(self._folder[:-1] if self._folder and self._folder[-1].endswith(".d") else self._folder)
        found = (number for number, folder in enumerate(FOLDERS) if above == folder or above.endswith(f"/{folder}"))
        return (self._folder[-1:] == [f"{_TYPE_LEVEL}.d"], next(found, len(FOLDERS)))

    @property
    def root(self) -> str:
        """The directory that stands for the root of its machine."""
        above = "/".join(self._folder[:-1] if self._folder and self._folder[-1].endswith(".d") else self._folder)
        return next((above[: -len(folder)].rstrip("/") for folder in FOLDERS if above == folder or above.endswith(f"/{folder}")), above)

    @property
    def _folder(self) -> list[str]:
        return self.path.split("/")[:-1]


class VariablesFile(msgspec.Struct, frozen=True, gc=False):
    """An environment file, as systemd reads it; older: as older ones do, of_shell: as a shell does, where these are others."""

    place: str
    path: str
    variables: Mapping[str, str]
    older: Mapping[str, str] | None = None
    of_shell: Mapping[str, str] | None = None

    def is_at(self, wanted: str) -> int:
        """How far it fits a path that a unit names: how many parts of both are alike from the end; 0 where it is another file."""
        own, other = self.path.split("/")[::-1], wanted.split("/")[::-1]
        if not (fnmatchcase(own[0], other[0]) or own[0].endswith((f"-{other[0]}", f"_{other[0]}"))):
            return 0
        if own[1:2] != other[1:2] and own[1:2] and own[1] in _SHARED_PARENTS:
            return 0
        alike = next((n for n, (one, two) in enumerate(zip(own[1:], other[1:], strict=False)) if one != two), min(len(own), len(other)) - 1)
        return 1 + alike


class Joined(msgspec.Struct, frozen=True, gc=False):
    """A command line. place: of the file that has the command, or the first. unknown: variables of it of which nothing is known.

    lacking: paths of environment files that were not given. taken: places of those that were. problem: why the command is not understood.
    open: what a shell expands to words that nobody knows; values: the same, of flags' values; wrapper: what may add flags of its own.
    image: of the container that it runs in.
    """

    words: tuple[Word, ...]
    place: str
    unknown: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()
    problem: str = ""
    image: str = ""
    open: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    wrapper: str = ""


class _Expanded(msgspec.Struct):
    """The words of a command, and what is not known of it."""

    words: list[Word] = msgspec.field(default_factory=list)
    unknown: list[str] = msgspec.field(default_factory=list)
    open: list[str] = msgspec.field(default_factory=list)
    values: list[str] = msgspec.field(default_factory=list)


class _Open:
    """The variables that may be set though nothing that was given sets them: those that systemd passes on from itself, or every one."""

    def __init__(self, passed: Sequence[str] = (), *, every: bool = False) -> None:
        self._passed, self._every = frozenset(passed), every

    def __contains__(self, name: object) -> bool:
        return self._every or name in self._passed


_EVERY = _Open(every=True)


class _Service(msgspec.Struct):
    """What files of a unit say, one after the other."""

    commands: list[Word] = msgspec.field(default_factory=list)
    variables: dict[str, Word] = msgspec.field(default_factory=dict)
    files: list[str] = msgspec.field(default_factory=list)
    unset: list[str] = msgspec.field(default_factory=list)
    passed: list[str] = msgspec.field(default_factory=list)

    def read(self, file: UnitFile, unit: str) -> None:
        for key, value in directives(file.text):
            if key == "ExecStart":
                self.commands = [*self.commands, Word(value, file.place)] if value else []
            elif key == "Environment":
                self._assign(value, file.place, unit)
            elif key == "EnvironmentFile":
                self.files = [*self.files, specified(value, unit)] if value else []
            elif key == "UnsetEnvironment":
                self.unset = [*self.unset, *words_of(value)] if value else []
            elif key == "PassEnvironment":
                self.passed = [*self.passed, *words_of(value)] if value else []

    @property
    def command(self) -> Word | None:
        """What it starts; of several the last."""
        return self.commands[-1] if self.commands else None

    @property
    def paths(self) -> tuple[str, ...]:
        """Of the environment files."""
        return tuple(one.removeprefix("-").strip('"') for one in self.files)

    def _assign(self, value: str, place: str, unit: str) -> None:
        if not value:
            self.variables.clear()
        found = (_ASSIGNED.fullmatch(specified(word, unit)) for word in words_of(value))
        self.variables |= {one["name"]: Word(one["value"], place) for one in found if one is not None}


def join(files: Sequence[UnitFile], environments: Sequence[VariablesFile], unit: str) -> Joined:
    """The command line of a unit. environments: files that its may be among."""
    service, order = _Service(), in_order(files)
    if is_masked(order):
        return Joined((), order[0].place, problem=_MASKED)
    for file in order:
        service.read(file, unit)
    variables, given, lacking = dict(service.variables), list[VariablesFile](), list[str]()
    for path in service.paths:
        files_of = _given(environments, path)
        given += files_of
        lacking += [] if files_of else [path]
    for one in given:
        variables |= {name: Word(value, one.place) for name, value in one.variables.items()}
    for name, equals, value in (one.partition("=") for one in service.unset):
        if name in variables and (not equals or variables[name].text == value):
            variables.pop(name)
    taken = frozenset(one.place for one in given)
    if service.command is None:
        words = tuple(Word(word, value.place) for value in variables.values() for word in flags_in(value.text))
        return Joined(words, order[0].place, (), tuple(lacking), taken)
    unsure = bool(lacking) or not any(file.is_main for file in order)
    found = _expanded(service.command, unit, variables, _Open(service.passed, every=unsure))
    lacking += [_MANAGER] if set(found.unknown) & set(service.passed) else []
    unknown, opened, values = (tuple(dict.fromkeys(names)) for names in (found.unknown, found.open, found.values))
    bare = Joined((), service.command.place, unknown, tuple(lacking), taken, open=opened, values=values, wrapper=wrapper_of(found.words))
    if len(service.commands) > 1:
        return replace(bare, problem=_SEVERAL)
    try:
        return replace(bare, words=kubelet_words(found.words, of_kubelet=unit == _USUAL), image=image_of(found.words))
    except SpecRefused as error:
        return replace(bare, problem=str(error))


def programs(files: Sequence[UnitFile]) -> tuple[str, ...]:
    """What a unit starts, without prefixes; nothing where it is masked."""
    service, order = _Service(), in_order(files)
    for file in () if is_masked(order) else order:
        service.read(file, _USUAL)
    words = (words_of(_PREFIXES.sub("", one.text, count=1))[:1] for one in service.commands)
    return tuple(word[0] for word in words if word)


def is_masked(order: Sequence[UnitFile]) -> bool:
    """Whether systemd starts nothing by the unit, whatever its drop-ins say: the file that counts is empty, or a link to nothing."""
    return bool(order) and order[0].is_main and not order[0].text


def named_files(files: Sequence[UnitFile], unit: str) -> tuple[str, ...]:
    """The paths of the environment files that a unit names."""
    service = _Service()
    for file in in_order(files):
        service.read(file, unit)
    return service.paths


def in_order(files: Iterable[UnitFile]) -> tuple[UnitFile, ...]:
    """The files that count, as systemd reads them."""
    mains, drop_ins = list[UnitFile](), dict[str, UnitFile]()
    for file in sorted(files, key=lambda one: one.rank):
        if file.is_main:
            mains.append(file)
        else:
            drop_ins.setdefault(file.name, file)
    return (*mains[:1], *(drop_ins[name] for name in sorted(drop_ins)))


def _given(environments: Sequence[VariablesFile], path: str) -> tuple[VariablesFile, ...]:
    """The files that a path means: the one that fits it best, or all of a pattern."""
    fits = [(one.is_at(path), one) for one in environments]
    best = max((fit for fit, _ in fits), default=0)
    found = [one for fit, one in fits if fit == best and best]
    return tuple(sorted(found, key=lambda one: one.path)) if "*" in path else tuple(found[-1:])


def _expanded(command: Word, unit: str, variables: Mapping[str, Word], unsure: _Open) -> _Expanded:
    """A command with variables and specifiers replaced. unsure: variables that are not known."""
    found, before = _Expanded(), ""
    prefix = _PREFIXES.match(command.text)
    replaces = prefix is None or ":" not in prefix[0]
    for number, text in enumerate(words_of(command.text)):
        word = Word(specified(text, unit), command.place)
        if number and is_script(text, before):
            _script(word, variables, found, unsure, replaces=replaces)
        elif replaces:  # without its program a command would tell nothing
            found.words += _word(word, variables, found.unknown, unsure if number else _EVERY)
        else:
            found.words.append(word)
        before = text
    return found


def _script(word: Word, variables: Mapping[str, Word], found: _Expanded, unsure: _Open, *, replaces: bool) -> None:
    """What a shell makes of a line; replaces: systemd has replaced what it does before."""
    text = _BRACED.sub(lambda one: _inside(one, variables, found.unknown, unsure), word.text) if replaces else word.text
    line = line_of(text, variables, word.place)
    found.words += line.words
    found.unknown += (name for name in line.unset if name in unsure)
    found.open += line.open
    found.values += line.values


def _word(word: Word, variables: Mapping[str, Word], unknown: list[str], unsure: _Open) -> Iterator[Word]:
    """What becomes of a word; unknown gets what is not known."""
    whole = _WHOLE.fullmatch(word.text)
    name = None if whole is None else whole["name"] or whole["braced"]
    if name is not None and name not in variables:
        unknown += [name] if name in unsure else []
        yield from (word,) if name in unsure else ()
    elif name is not None and whole is not None and whole["name"]:
        yield from (Word(one, variables[name].place) for one in words_of(variables[name].text))
    elif name is not None:
        yield variables[name]
    else:
        yield Word(_BRACED.sub(lambda found: _inside(found, variables, unknown, unsure), word.text), word.place)


def _inside(found: re.Match[str], variables: Mapping[str, Word], unknown: list[str], unsure: _Open) -> str:
    if found["dollar"]:
        return "$"
    if found["name"] in variables:
        return variables[found["name"]].text
    unknown += [found["name"]] if found["name"] in unsure else []
    return found[0] if found["name"] in unsure else ""
