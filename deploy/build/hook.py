"""What a wheel holds beside the program: its manual pages, made here of the commands, and completion for three shells.

Hatchling calls it for each wheel. The program is imported from the tree that is built; its help needs nothing but Python, so that an
isolated build has all of it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_COMPLETION = {
    "upgradecheck.bash": "share/bash-completion/completions/upgradecheck",
    "_upgradecheck": "share/zsh/site-functions/_upgradecheck",
    "upgradecheck.fish": "share/fish/vendor_completions.d/upgradecheck.fish",
}


class Hook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds them as data that is shared."""

    PLUGIN_NAME = "custom"
    _folder: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Writes the pages, and says where each file goes below the prefix."""
        if version == "editable":
            return
        root = Path(self.root)
        self._folder = folder = Path(mkdtemp())
        for name, text in _pages(root).items():
            (folder / name).write_text(text, encoding="utf-8")
            build_data["shared_data"][str(folder / name)] = f"share/man/man1/{name}"
        for name, place in _COMPLETION.items():
            build_data["shared_data"][str(root / "deploy" / "completion" / name)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leaves nothing beside the wheel."""
        if self._folder is not None:
            rmtree(self._folder)


def _pages(root: Path) -> dict[str, str]:
    before = list(sys.path)
    sys.path.insert(0, str(root))
    try:
        from upgradecheck.cli.manual import pages

        return pages()
    finally:
        sys.path[:] = before
