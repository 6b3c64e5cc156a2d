"""The marker for sentences that people will read."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name, which extractors look for
    """Mark `message` for the catalogues and return it as it is; rendering translates it."""
    return message
