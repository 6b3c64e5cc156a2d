"""Who runs the programs: PostgreSQL refuses to be root, and the others have no need to be."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A user of this machine; without a name, whoever runs us."""

    name: str | None = None

    def options(self) -> dict[str, Any]:
        """Return what makes a subprocess theirs."""
        if self.name is None:
            return {}
        return {"user": self.name, "group": pwd.getpwnam(self.name).pw_gid, "extra_groups": []}

    def make_folder(self, folder: Path) -> Path:
        """Make a folder that is theirs alone."""
        folder.mkdir(parents=True, mode=0o700)
        if self.name is not None:
            known = pwd.getpwnam(self.name)
            os.chown(folder, known.pw_uid, known.pw_gid)
        return folder


def unprivileged() -> Account:
    """Return an account without rights where we are root, else our own."""
    if os.geteuid() != 0:
        return Account()
    known = {entry.pw_name for entry in pwd.getpwall()}
    return Account(next(name for name in _CANDIDATES if name in known))
