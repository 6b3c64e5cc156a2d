"""How advice spells our commands and keys: as they must be typed for the app it is about."""

STAND_ALONE = "commentkit.serve"
"""The module, and the app's name, behind `commentkit serve`."""


def command(words: str, *, app: str = "") -> str:
    """Spell a command of ours for the app of that name; a host knows how to name its own."""
    named = f"--app {STAND_ALONE} " if app == STAND_ALONE else ""
    return f"flask {named}commentkit {words}"


def secret_key(*, app: str) -> str:
    """Name the key that holds the secret: the stand-alone server reads only keys of ours."""
    return "COMMENTKIT_SECRET_KEY" if app == STAND_ALONE else "SECRET_KEY"
