"""What is wrong with a message, in a sentence that a learner understands, and where the standard says what is right."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Defect"]


@dataclass(frozen=True, kw_only=True)
class Defect:
    """`at` is the octet of the whole message where it shows; `rfc` is empty where the limit is ours."""

    says: str
    rfc: str = ""  # RFC 2046 section 5.1.1
    at: int

    def __str__(self) -> str:
        return self.says

    def __repr__(self) -> str:
        return f"{self.says} ({self.rfc})" if self.rfc else self.says
