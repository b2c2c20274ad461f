"""A DMARC policy record: its tags, what they mean, and what is ignored and why. RFC 9989 sections 4.7 and 4.8.

Only the first tag is strict: `v=DMARC1`, to the letter. What is wrong with any other is passed over, and said; but a
list in which a tag stands twice is no list of tags at all. RFC 6376 section 3.2, whose syntax this is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from labmail.errors import needs_text

__all__ = ["GONE", "POLICIES", "TAG", "TAGS", "URI", "VALUES", "VERSION", "Record", "Remark", "doubled", "read"]

POLICIES = ("none", "quarantine", "reject")  # from mild to strict: RFC 9989 section 4.7
VERSION = re.compile(r"[ \t]*[vV][ \t]*=[ \t]*DMARC1[ \t]*(?=;|\Z)")
TAG = re.compile(r"[ \t]*([A-Za-z]+)[ \t]*=[ \t]*([\x20-\x3a\x3c-\x7e]*?)[ \t]*\Z")
URI = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+", re.IGNORECASE)
VALUES = {
    **dict.fromkeys(("p", "sp", "np"), POLICIES),
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
    "psd": ("y", "n", "u"),
    "t": ("y", "n"),
}
TAGS = (*VALUES, "fo", "rua", "ruf")  # after v
DEFAULTS = {"adkim": "r", "aspf": "r", "psd": "u", "t": "n", "fo": "0"}
GONE = ("pct", "rf", "ri")  # tags of RFC 7489 that RFC 9989 has no more


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A tag that does not count as it was written."""

    tag: str
    says: str
    section: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """What counts. `p` is empty where there is none that is valid; `usable` says whether that matters."""

    text: str
    p: str = ""
    sp: str = ""
    np: str = ""
    adkim: str = "r"
    aspf: str = "r"
    psd: str = "u"
    t: str = "n"
    fo: str = "0"
    rua: tuple[str, ...] = ()
    ruf: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def whole(self) -> bool:
        """It has a valid p, and no sp or np that is not valid."""
        return bool(self.p) and not any(remark.tag in ("sp", "np") for remark in self.remarks)

    @property
    def usable(self) -> bool:
        """RFC 9989 section 4.10.1: a record that is not whole counts as p=none if it says where to report."""
        return self.whole or bool(self.rua)

    def policy(self, *, subdomain: bool, exists: bool) -> tuple[str, str]:
        """The policy for a name, and the tag it is taken from. RFC 9989 section 4.10.1"""
        if not self.whole:
            return "none", "p"
        tags = ("p",) if not subdomain else ("sp", "p") if exists else ("np", "sp", "p")
        tag = next(tag for tag in tags if getattr(self, tag))
        return str(getattr(self, tag)), tag


def doubled(text: str) -> str:
    """The first tag that stands twice, "" where none does. RFC 6376 section 3.2: then the whole list is invalid."""
    seen: set[str] = set()
    for part in text.split(";"):
        if (tag := TAG.match(part)) is None:
            continue
        if (name := tag[1].lower()) in seen:
            return name
        seen.add(name)
    return ""


def read(text: str) -> Record | None:
    """The record; None: this is another text, or no list of tags. RFC 9989 section 4.7: then all of it is ignored."""
    needs_text("a record", text, "v=DMARC1; p=none")
    return _read(text)


@lru_cache(maxsize=128)  # records: many letters come from one domain
def _read(text: str) -> Record | None:
    begun = VERSION.match(text)
    if begun is None or doubled(text):
        return None
    found: dict[str, str] = {}
    remarks: list[Remark] = []
    for part in text[begun.end() :].split(";"):
        if part.strip(" \t"):
            _take(part, found, remarks)
    uris = {tag: _uris(tag, found.pop(tag, ""), remarks) for tag in ("rua", "ruf")}
    if "p" not in found and not any(remark.tag == "p" for remark in remarks):
        remarks.append(Remark(tag="p", says="there is no p", section="4.10.1"))
    return Record(text=text, remarks=tuple(remarks), **found, **uris)  # type: ignore[arg-type]


def _take(part: str, found: dict[str, str], remarks: list[Remark]) -> None:
    tag = TAG.match(part)
    if tag is None:
        remarks.append(Remark(tag="", says=f'"{part.strip()}" is no tag', section="4.8"))
        return
    name, value = tag[1].lower(), tag[2]
    says = ""
    if name in GONE:
        says = f"{name} was a tag of RFC 7489, and has no meaning any more"
    elif name not in TAGS:
        says = f"{name} is no tag that DMARC knows"
    elif name in VALUES and value.lower() not in VALUES[name]:
        policy = f'"{value}" is no policy: none, quarantine and reject are'
        says = f'"{value}" is no value of {name}, so {DEFAULTS[name]} holds' if name in DEFAULTS else policy
    if says:
        remarks.append(Remark(tag=name, says=says, section="4.7"))
    else:
        found[name] = value if name in ("rua", "ruf") else value.lower()


def _uris(tag: str, value: str, remarks: list[Remark]) -> tuple[str, ...]:
    """What follows "!" was a limit of size in RFC 7489, and is left out."""
    found = []
    for word in filter(None, (part.strip() for part in value.split(","))):
        uri = word.partition("!")[0]
        if URI.fullmatch(uri):
            found.append(uri)
        else:
            remarks.append(Remark(tag=tag, says=f'"{word}" is no address: mailto:... is meant', section="4.7"))
    return tuple(found)
