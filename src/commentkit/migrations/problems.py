"""What an upgrade cannot do, in one sentence for whoever runs it."""


class MigrationError(RuntimeError):
    """Nothing is half done: the same command goes on where this one ended."""
