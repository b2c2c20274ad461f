"""What was measured several times: its median, and from where to where it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    values: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.values)

    def show(self, form: str = ".1f", unit: str = "") -> tuple[str, str]:
        """The median, and the spread."""
        ends = f"{min(self.values):{form}} to {max(self.values):{form}}"
        return f"{self.median:{form}}{unit}", ends
