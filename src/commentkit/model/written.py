"""What this process has written lately, so that no replica makes it forget."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from threading import Lock

from sqlalchemy.orm import Session

from commentkit.model.forks import in_child

_NOTED = "commentkit.written"
_MOST = 10_000


def note_written(db: Session, version: int, *names: Hashable) -> None:
    """Remember, once it is committed, that this unit of work made a version of what has a name."""
    db.info.setdefault(_NOTED, {}).update(dict.fromkeys(names, version))


def noted(db: Session) -> Mapping[Hashable, int]:
    """Return what a unit of work has noted."""
    found: dict[Hashable, int] = db.info.get(_NOTED, {})
    return found


class Written:
    """The newest versions made here of some ten thousand things, the latest written ones."""

    def __init__(self) -> None:
        self._versions: OrderedDict[Hashable, int] = OrderedDict()
        self._lock = Lock()
        in_child(self, Written._renew_lock)

    def of(self, name: Hashable) -> int:
        """Return the newest version that was written here; 0 where none was, or long ago."""
        return self._versions.get(name, 0)

    def add(self, versions: Mapping[Hashable, int]) -> None:
        """Remember what was committed."""
        with self._lock:
            for name, version in versions.items():
                self._versions[name] = max(version, self._versions.get(name, 0))
                self._versions.move_to_end(name)
            while len(self._versions) > _MOST:
                self._versions.popitem(last=False)

    def _renew_lock(self) -> None:
        self._lock = Lock()
