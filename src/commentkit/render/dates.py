"""Times as a language spells them, without Babel taking a fifth of a page's time.

What Babel says of an hour in a zone is kept, with places for minute and second; so is a day.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

_KEPT = 4_096
"""Times, and hours, kept for each language."""
_BELOW_HOUR = re.compile(r"%\((mm|ss)\)s")
_OF_HOUR = re.compile(r"%\(([aBbHhKkzZOvVxX]+)\)s")
_NOON = re.compile(r"%\([bB]+\)s")
_ANY = re.compile(r"%\(\w+\)s")

Zone = tuple[tzinfo | None, timedelta | None, timedelta | None]
Hour = tuple[int, bool, Zone]
"""Also tells whether it is the hour's first second."""


class Spelled(NamedTuple):
    """One time: for machines, to the second, and its day."""

    iso: str
    moment: str
    day: str


def speller(language: str) -> Callable[[datetime], Spelled]:
    """Return what spells times in a language, and remembers them."""
    from babel.dates import format_date

    moments = Moments(language)

    @lru_cache(_KEPT)
    def day(of: date) -> str:
        return str(format_date(of, "long", locale=language))

    @lru_cache(_KEPT)
    def kept(at: datetime, _zone: tzinfo | None, _fold: int) -> Spelled:
        said = day(at.date())
        iso = at.isoformat(timespec="seconds").replace("+00:00", "Z")
        return Spelled(iso, moments.spell(at, said), said)

    # The same instant in two zones compares equal, and so do the two hours that a clock goes back.
    return lambda at: kept(at, at.tzinfo, at.fold)


class Moments:
    """Spells dates with their times as Babel's `format_datetime(at, "long")` does."""

    def __init__(self, language: str) -> None:
        from babel import Locale
        from babel.dates import get_datetime_format, get_time_format

        self._locale = Locale.parse(language, sep="_" if "_" in language else "-")
        self._pattern = str(get_time_format("long", self._locale).format)
        self._around = str(get_datetime_format("long", locale=self._locale)).replace("'", "")
        self._fits = all(_fits(place) for place in _ANY.findall(self._pattern))
        self._names_noon = _NOON.search(self._pattern) is not None
        self.hours: dict[Hour, str] = {}

    def spell(self, at: datetime, day: str) -> str:
        """Spell a time whose day is spelled already."""
        if not self._fits:
            return self._by_babel(at)
        # Noon and midnight have words of their own in some languages, for one second alone.
        sharp = self._names_noon and at.minute == at.second == 0
        key = (at.hour, sharp, (at.tzinfo, at.utcoffset(), at.dst()))
        if key not in self.hours:
            self._keep(key, self._hour(at))
        time = self.hours[key] % {"mm": f"{at.minute:02d}", "ss": f"{at.second:02d}"}
        return self._around.replace("{0}", time).replace("{1}", day)

    def _keep(self, key: Hour, hour: str) -> None:
        if len(self.hours) >= _KEPT:
            self.hours.clear()
        self.hours[key] = hour

    def _hour(self, at: datetime) -> str:
        """Fill all places of the pattern but those of minute and second."""
        from babel.dates import DateTimeFormat

        fields = DateTimeFormat(at, self._locale)
        return _OF_HOUR.sub(lambda place: str(fields[place[1]]).replace("%", "%%"), self._pattern)

    def _by_babel(self, at: datetime) -> str:
        from babel.dates import format_datetime

        return str(format_datetime(at, "long", locale=self._locale))


def _fits(place: str) -> bool:
    """Tell whether what stands there follows from the hour, or is filled by two digits."""
    return bool(_BELOW_HOUR.fullmatch(place) or _OF_HOUR.fullmatch(place))
