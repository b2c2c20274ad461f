"""From a form to a letter, and from a letter to the form that answers it. RFC 5322 section 3.6.

Whatever would be two lines in a header is refused: a line end there begins a header of somebody else's choice. So
does one within an encoded word, which Python's own letters decode as they are built: none gets in.
Message-IDs and boundaries are counted, never drawn, so that the same letter is the same on every run.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses

import nh3

from labmail.webmail.forms import File, Form
from labmail.webmail.letters import Letter
from labmail.webmail.words import HEADER_MAX_OCTETS, header, plain

__all__ = ["RECIPIENTS_MAX", "Draft", "answer", "build", "problems", "recipients"]

RECIPIENTS_MAX = 50  # ours
PEOPLE_MAX = 10_000  # ours, characters of one field of addresses
SUBJECT_MAX = 400  # ours, characters
TEXT_MAX = 500_000  # ours, characters
REFERENCES_MAX = 20  # ours: the first and the last of a long thread
QUOTED_MAX = 20_000  # ours, characters of an answer's quotation

# dot-atoms on both sides: RFC 5322 section 3.4.1; a quoted local part is not written here
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
_MESSAGE_ID = re.compile(r"<(?![^>]*=\?)[!-;=?-~]{1,250}>")  # no encoded word begins in it
_TYPE = re.compile(r"(?!multipart/|message/)[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NO_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # what ends a line, for Python too
_RE, _FWD = re.compile(r"^\s*(?:re\s*:\s*)+", re.I), re.compile(r"^\s*(?:fwd?\s*:\s*)+", re.I)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What stands in the form."""

    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    text: str = ""
    in_reply_to: str = ""
    references: str = ""
    how: str = ""  # "reply", "all", "forward"; "": a letter of its own
    folder: str = ""  # of the letter that this one answers or passes on
    uid: str = ""
    files: tuple[File, ...] = ()

    @classmethod
    def of(cls, form: Form) -> Draft:
        names = ("to", "cc", "bcc", "subject", "text", "in_reply_to", "references", "how", "folder", "uid")
        return cls(**{name: form[name] for name in names}, files=form.files)


def problems(draft: Draft) -> dict[str, str]:
    """Field -> the sentence that stands beside it; nothing, if the letter can go."""
    found = {}
    for name, label in (("to", "To"), ("cc", "Cc"), ("bcc", "Bcc"), ("subject", "Subject")):
        if _NO_LINE.search(getattr(draft, name)):
            found[name] = f"{label} is one line; a line end in it would begin another header."
        elif name != "subject" and len(getattr(draft, name)) > PEOPLE_MAX:
            found[name] = f"{label} has {PEOPLE_MAX:,} characters at most, not {len(getattr(draft, name)):,}."
    for name in ("to", "cc", "bcc"):
        for address in [] if name in found else _people(getattr(draft, name)):
            if not _ADDRESS.fullmatch(address[1]):
                typed = next((each for each in getattr(draft, name).split(",") if address[1] in each), address[1])
                found[name] = f"“{plain(typed, 80)}” is not an address; one looks like alice@example.net."
                break
    everybody = [] if found else recipients(draft)
    if not found and not everybody:
        found["to"] = "Nobody would get this: write an address, such as alice@example.net."
    if len(everybody) > RECIPIENTS_MAX:
        found["to"] = f"A letter goes to {RECIPIENTS_MAX} people at most, not to {len(everybody)}."
    if len(draft.subject) > SUBJECT_MAX:
        found.setdefault("subject", f"A subject has {SUBJECT_MAX} characters at most, not {len(draft.subject)}.")
    if len(draft.text) > TEXT_MAX:
        found["text"] = f"A letter has {TEXT_MAX:,} characters at most, not {len(draft.text):,}."
    return found


def recipients(draft: Draft) -> list[str]:
    """Everybody in the envelope; the order is that of the form."""
    people = (address for text in (draft.to, draft.cc, draft.bcc) for _, address in _people(text))
    return list(dict.fromkeys(people))


def build(draft: Draft, *, sender: str, message_id: str, now: datetime) -> bytes:
    """The letter, as it goes to the server; `problems` found none. Who is in Bcc stands in the envelope alone."""
    letter = EmailMessage(SMTP.clone(cte_type="7bit"))
    letter["From"] = Address(addr_spec=sender)
    for name, text in (("To", draft.to), ("Cc", draft.cc)):
        if people := _people(text):
            letter[name] = [Address(display_name=person, addr_spec=address) for person, address in people]
    _entitle(letter, draft.subject.strip())
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = message_id
    for name, ids in (("In-Reply-To", draft.in_reply_to), ("References", draft.references)):
        if known := _ids(ids):
            letter[name] = " ".join(known)
    letter.set_content(_lines(draft.text))
    for each in draft.files:
        kind = each.type.partition(";")[0].strip().lower()
        main, _, sub = (kind if _TYPE.fullmatch(kind) else "application/octet-stream").partition("/")
        name = _inert(plain(re.split(r"[/\\]", each.name)[-1], 200)) or "attachment"
        letter.add_attachment(each.octets, maintype=main, subtype=sub, filename=name)
    if draft.files:
        letter.set_boundary(_boundary(message_id, draft.text))
    return letter.as_bytes()


def _entitle(letter: EmailMessage, subject: str) -> None:
    """What looks like an encoded word is one that the writer typed, and is encoded once more."""
    if "=?" in subject:
        letter.set_raw("Subject", Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n"))
    else:
        letter["Subject"] = subject


def _inert(name: str) -> str:
    """The name of a person or a file, in which no encoded word begins."""
    return name.replace("=?", "= ?")


def _boundary(message_id: str, text: str) -> str:
    """RFC 2046 section 5.1.1: nothing in the letter may look like it."""
    mark = f"=_{message_id.strip('<>').partition('@')[0]}"
    while f"--{mark}" in text:
        mark += "_"
    return mark


def _lines(text: str) -> str:
    clean = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return clean if clean.endswith("\n") else f"{clean}\n"


def _people(text: str) -> list[tuple[str, str]]:
    """Name and address of each; what cannot be read is all in the place of the address."""
    if not text.strip(" ,"):
        return []
    pieces = _pairs([text.strip(" ,")])
    if not pieces or any(not address for _, address in pieces):
        return [("", text.strip())]
    return [(_inert(plain(name, 200)), address.strip()) for name, address in pieces]


def _pairs(values: Sequence[str]) -> list[tuple[str, str]]:
    try:
        return getaddresses(values)
    except RecursionError:  # parentheses in parentheses, without end
        return []


def _ids(text: str) -> list[str]:
    found = list(dict.fromkeys(_MESSAGE_ID.findall(text)))
    return found if len(found) <= REFERENCES_MAX else [found[0], *found[1 - REFERENCES_MAX :]]


# ---- answering


def answer(letter: Letter, how: str, me: str) -> Draft:
    """What the form holds at first: `how` is reply, all or forward."""
    ids = _ids(letter.raw("Message-ID").decode("ascii", "replace"))[:1]
    thread = letter.raw("References") or letter.raw("In-Reply-To")
    references = " ".join(_ids(" ".join([thread.decode("ascii", "replace"), *ids])))  # RFC 5322 section 3.6.4
    draft = Draft(how=how, folder=letter.fetched.folder, uid=str(letter.fetched.uid), references=references)
    if how == "forward":
        subject = f"Fwd: {_FWD.sub('', letter.subject)}".strip()
        return replace(draft, subject=subject, text=_forwarded(letter))
    draft = replace(
        draft,
        in_reply_to="".join(ids),
        subject=f"Re: {_RE.sub('', letter.subject)}".strip(),
        to=_listed(_senders(letter)),
        text=_quoted(letter),
    )
    if how != "all":
        return draft
    first = _senders(letter)
    others = [one for one in _found(letter, "To", "Cc") if one[1].lower() != me.lower() and one not in first]
    return replace(draft, cc=_listed(others))


def _senders(letter: Letter) -> list[tuple[str, str]]:
    return _found(letter, "Reply-To") or _found(letter, "From")


def _found(letter: Letter, *names: str) -> list[tuple[str, str]]:
    values = [letter.raw(name)[:HEADER_MAX_OCTETS].decode("utf-8", "replace") for name in names]
    pairs = _pairs([value for value in values if value])
    people = [(header(name.encode()), address) for name, address in pairs if _ADDRESS.fullmatch(address)]
    return list({address.lower(): (name, address) for name, address in reversed(people)}.values())[::-1]


def _listed(people: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{_phrase(name)} <{address}>" if name else address for name, address in people)


def _phrase(name: str) -> str:
    """A display name, in quotes where it must be: RFC 5322 section 3.2.5."""
    if not re.search(r'[()<>\[\]:;@\\,."]', name):
        return name
    return '"' + name.replace("\\", "").replace('"', "") + '"'


def _readable(letter: Letter) -> Sequence[str]:
    text = letter.text() if letter.has_text else _without_tags(letter.html())
    shown = text[:QUOTED_MAX].rstrip("\n").split("\n")
    return [*shown, "[…]"] if len(text) > QUOTED_MAX else shown


def _without_tags(source: str) -> str:
    text = html.unescape(nh3.clean(source[:TEXT_MAX], tags=set(), clean_content_tags={"script", "style", "title"}))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in text.split("\n"))).strip("\n")


def _quoted(letter: Letter) -> str:
    people = _found(letter, "From")
    who = (people[0][0] or people[0][1]) if people else "somebody"
    said = letter.said("Date")
    lines = [f"> {line}".rstrip() if not line.startswith(">") else f">{line}" for line in _readable(letter)]
    return "\n".join(["", "", f"On {said}, {who} wrote:" if said else f"{who} wrote:", *lines, ""])


def _forwarded(letter: Letter) -> str:
    fields = [f"{name}: {letter.said(name)}" for name in ("From", "Date", "Subject", "To", "Cc") if letter.said(name)]
    return "\n".join(["", "", "---------- Forwarded letter ----------", *fields, "", *_readable(letter), ""])
