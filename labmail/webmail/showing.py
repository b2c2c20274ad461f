"""Times and sizes, as a page shows them: everything is in the lab's own time."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["moment", "size", "when"]


def when(at: datetime | None, now: datetime) -> str:
    """Short, for a list: the time of today, else the day."""
    if at is None:
        return ""
    at = _utc(at)
    if at.date() == now.date():
        return f"{at:%H:%M}"
    day = f"{at.day} {at:%b}"
    return day if at.year == now.year else f"{day} {at:%Y}"


def moment(at: datetime | None) -> str:
    """For a program: RFC 3339."""
    return _utc(at).isoformat() if at is not None else ""


def size(octets: int) -> str:
    for unit, of in (("MB", 1_000_000), ("kB", 1_000)):
        if octets >= of:
            return f"{octets / of:.1f} {unit}"
    return f"{octets} octets"


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
