"""Times are spelled as Babel spells them, however often they were asked for."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date, format_datetime
from hypothesis import given
from hypothesis import strategies as st

from commentkit.render import dates
from commentkit.render.dates import Moments, speller

LANGUAGES = ["en", "it", "de", "fr", "fi", "ja", "ar", "bg", "pt_BR", "zh_Hant"]
ZONES = [
    UTC,
    ZoneInfo("UTC"),
    ZoneInfo("Europe/Rome"),
    ZoneInfo("America/St_Johns"),
    ZoneInfo("Pacific/Chatham"),
    timezone(timedelta(hours=5, minutes=45)),
]
SPELLERS = {language: speller(language) for language in LANGUAGES}
MOMENTS = st.datetimes(
    min_value=datetime(2015, 1, 1),
    max_value=datetime(2040, 1, 1),
    timezones=st.just(UTC),
)


@given(at=MOMENTS, zone=st.sampled_from(ZONES), language=st.sampled_from(LANGUAGES))
def test_a_time_is_what_babel_says(at: datetime, zone: ZoneInfo, language: str) -> None:
    here = at.astimezone(zone)
    said = SPELLERS[language](here)
    assert said.moment == format_datetime(here, "long", locale=language)
    assert said.day == format_date(here, "long", locale=language)
    assert datetime.fromisoformat(said.iso) == here.replace(microsecond=0)


@pytest.mark.parametrize("language", ["en", "it"])
def test_the_hour_that_comes_twice_has_two_names(language: str) -> None:
    rome, spelled = ZoneInfo("Europe/Rome"), speller(language)
    summer, winter = (
        datetime(2026, 10, 25, hour, 30, tzinfo=UTC).astimezone(rome) for hour in (0, 1)
    )
    assert (summer.hour, winter.hour) == (2, 2)
    assert spelled(summer).moment != spelled(winter).moment


@pytest.mark.parametrize("minutes", [(0, 1), (1, 0)])
def test_midnight_has_a_name_for_one_second_alone(minutes: tuple[int, ...]) -> None:
    spelled = speller("zh_Hant")
    for minute in minutes:
        at = datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
        assert spelled(at).moment == format_datetime(at, "long", locale="zh_Hant")


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dates, "_KEPT", 5)
    moments = Moments("en")
    for hour in range(24):
        at = datetime(2026, 1, 1, hour, tzinfo=UTC)
        assert moments.spell(at, "Day") == format_datetime(at, "long", locale="en").replace(
            "January 1, 2026", "Day"
        )
        assert len(moments.hours) <= 5


def test_babel_is_asked_once_an_hour() -> None:
    moments = Moments("it")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for second in range(0, 48 * 3600, 61):
        moments.spell(start + timedelta(seconds=second), "")
    assert len(moments.hours) == 24
