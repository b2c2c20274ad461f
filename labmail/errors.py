"""The errors that a learner may meet. Each is one sentence: what is wrong, where, and what would be right."""

__all__ = ["LabError", "LabStopped", "NoRest", "UnknownHost", "WorldError", "ZoneError"]


class LabError(Exception):
    """Something was asked of the lab that cannot be done; nothing has changed."""


class LabStopped(LabError):
    """The lab has stopped, or stopped while this waited."""


class NoRest(LabError):
    """Something in the lab kept moving for longer than we wait."""


class UnknownHost(LabError):
    """A name that is no host of this lab."""


class ZoneError(LabError):
    """A zone file or record breaks a rule; the old zone still answers.

    `line` counts from 1 and is None where there is no file; `field` is the part of the record at fault.
    """

    def __init__(
        self, sentence: str, *, origin: str = "", line: int | None = None, field: str = "", rfc: str = ""
    ) -> None:
        super().__init__(sentence)
        self.origin, self.line, self.field, self.rfc = origin, line, field, rfc


class WorldError(LabError):
    """A world's data cannot be used; the sentence names file and line."""
