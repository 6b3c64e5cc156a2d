"""What can go wrong, said in one line."""


class ClusterError(RuntimeError):
    """The cluster cannot start, or cannot be stopped; the message says what to do."""


class MissingProgramError(ClusterError):
    """A program that is not installed on this machine."""
