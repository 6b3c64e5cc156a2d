"""Who there is, and what they look like."""

import io
from dataclasses import replace

import pytest
import requests
from PIL import Image

from commentkit.testing.identity_services import PEOPLE
from commentkit.testing.identity_services.people import (
    LONG_NAME,
    facebook_id,
    generic_subject,
    google_subject,
    wordpress_id,
    wordpress_subject,
    x_id,
)


def test_the_long_name_has_ninety_letters_from_right_to_left():
    assert len(LONG_NAME) == 90
    assert "؀" <= LONG_NAME[0] <= "ۿ"


def test_everybody_is_somebody_else_everywhere():
    subjects = [
        str(subject)
        for person in PEOPLE
        for subject in (
            wordpress_id(person),
            wordpress_subject(person),
            google_subject(person),
            x_id(person),
            facebook_id(person, "1"),
            facebook_id(person, "2"),
            generic_subject(person),
        )
    ]
    assert len(set(subjects)) == 7 * len(PEOPLE)


def test_a_person_stays_the_same_when_the_name_changes():
    anna = PEOPLE[0]
    married = replace(anna, name="Anna Verdi", handle="annav", email="anna.verdi@example.org")
    assert google_subject(married) == google_subject(anna)
    assert facebook_id(married, "1") == facebook_id(anna, "1")


@pytest.mark.parametrize(
    ("path", "side"),
    [
        ("anna.png", 256),
        ("anna_normal.png", 48),
        ("anna.png?s=96", 96),
        ("anna.png?s=99999", 512),
        ("anna.png?s=-5", 16),
        ("silhouette.png", 256),
    ],
)
def test_a_portrait_is_a_real_picture_of_the_size_asked_for(services, path, side):
    answer = requests.get(f"{services.url}/pictures/{path}", timeout=10)
    with Image.open(io.BytesIO(answer.content)) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (side, side))
    assert answer.headers["Content-Type"] == "image/png"


def test_nobody_has_no_portrait(services):
    assert requests.get(f"{services.url}/pictures/nobody.png", timeout=10).status_code == 404
