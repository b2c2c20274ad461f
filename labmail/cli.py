"""The command line: a world, running for the programs of this machine until Ctrl-C or SIGTERM; a saved letter, judged.

`labmail up` says in a table where everything is and what to try first; `labmail up --json` says it to a program, in one
line. `labmail verify` explains what a receiver finds out about a letter. What cannot be done is said in one sentence,
with exit code 2.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import labmail
from labmail.errors import LabError

if TYPE_CHECKING:
    from labmail.lab import Lab
    from labmail.lab.expose import Exposed
    from labmail.mta.receiving import Outcome
    from labmail.verdicts import Verdicts

__all__ = ["main"]

OUTSIDE = "outside.example"
BOB = "bob@example.com"  # whom the examples write to, where he is

DOES = {
    **dict.fromkeys(("pop3", "pop3s"), "hands out the mail of"),
    **dict.fromkeys(("imap", "imaps"), "shows the mail of"),
    **dict.fromkeys(("submission", "submissions"), "sends the mail of"),
    **dict.fromkeys(("http", "https"), "is the webmail of"),
}

ABOUT_UP = """\
Start a world and open each of its services on a free port of 127.0.0.1, the same until it is stopped
by Ctrl-C or SIGTERM. Nothing is kept: the mailboxes live in memory, and their passwords are new each time.
"""
ABOUT_JSON = """\
say it in one line of JSON, for a program: {"services": [{"domain", "host", "protocol", "tls", "address", "port"}, ...],
"accounts": [{"address", "user", "password"}, ...], "ca_file": PATH}; "tls" is "none", "starttls" or "implicit", and
the file holds the CA that vouches for all of them
"""
ABOUT_VERIFY = """\
Check SPF, DKIM and DMARC of a saved letter as a receiving server of the lab would, with the records of the files
and no others, and say step by step how each verdict came to be. No network is used.
"""
RECEIVER = "receiver.example"  # who judges
MESSAGE_MAX_OCTETS = 64 * 1024 * 1024  # ours: of a saved letter


class Parser(argparse.ArgumentParser):
    """One whose complaint is one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"labmail: {message}; `{self.prog} --help` says what there is\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 where all went well or the lab was told to stop, 2 where the sentence on stderr says why not."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.act(options))
    except LabError as fault:
        print(f"labmail: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="labmail", description="A whole small e-mail Internet, in one process of this machine.")
    parser.add_argument("--version", action="version", version=f"labmail {labmail.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    up = commands.add_parser("up", help="start a world for programs of this machine", description=ABOUT_UP)
    up.add_argument("--world", metavar="WORLD", default="base", help="its name, or the path of its TOML file (base)")
    up.add_argument("--as", metavar="HOST", dest="seat", default=OUTSIDE, help=f"where programs sit ({OUTSIDE})")
    up.add_argument("--json", action="store_true", help=ABOUT_JSON)
    up.set_defaults(act=_up)
    worlds = commands.add_parser("worlds", help="list the worlds that come with labmail, and where to copy them from")
    worlds.set_defaults(act=_worlds)
    verify = commands.add_parser("verify", help="check SPF, DKIM and DMARC of a saved letter", description=ABOUT_VERIFY)
    verify.add_argument("message", metavar="MESSAGE.eml", help="the letter as it came; - reads it from standard input")
    verify.add_argument("--ip", required=True, help="the address that it came from, such as 192.0.2.67")
    verify.add_argument("--mail-from", required=True, metavar="ADDRESS", help='the sender in its envelope; "<>": none')
    verify.add_argument("--helo", metavar="NAME", help="what the client called itself (the domain of --mail-from)")
    verify.add_argument(
        "--zone", required=True, action="append", metavar="FILE", help="records in the form of a zone file; repeatable"
    )
    verify.set_defaults(act=_verify)
    return parser


def _up(options: argparse.Namespace) -> int:
    from labmail.lab import Lab

    with _bell() as told_to_stop, Lab(options.world) as lab:
        services = lab.expose(at=options.seat)
        text = _as_json(lab, services) if options.json else "\n".join(_as_page(lab, options.seat, services))
        print(f"{text}\n", end="", flush=True)  # in one piece, for whoever reads it
        os.read(told_to_stop, 1)  # the lab has a thread of its own; this one waits for a signal
    return 0


@contextlib.contextmanager
def _bell() -> Iterator[int]:
    """What is readable once SIGINT or SIGTERM has come. An exception in its place could be lost: Python drops one that
    is raised while a finalizer happens to run. The second signal does not wait for anything.
    """
    reading, writing = os.pipe()
    rung: list[int] = []

    def ring(number: int, frame: FrameType | None) -> None:
        if rung:
            signal.default_int_handler(number, frame)
        rung.append(number)
        os.write(writing, b".")

    before = {number: signal.signal(number, ring) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield reading
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writing)
        os.close(reading)


def _worlds(_options: argparse.Namespace) -> int:
    from labmail import world

    for name in world.names():
        print(f"{name:<28}{world.WORLDS / name}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from labmail.dns.files import resolver_of
    from labmail.mta.receiving import outcome

    letter, sender, helo = _letter(options.message), *_envelope(options.mail_from, options.helo)
    resolver = resolver_of(options.zone)
    about = {"ip": options.ip, "helo": helo, "mail_from": sender, "receiver": RECEIVER}
    found = labmail.verify(letter, **about, resolver=resolver)
    parts = [f"{found!r}"]
    for name, rfc, verdict in (("SPF", 7208, found.spf), ("DKIM", 6376, found.dkim), ("DMARC", 9989, found.dmarc)):
        parts.append(f"{_bold(name)}  (§ of RFC {rfc})\n{verdict!r}")
    done = outcome(found)
    parts.append(f"Authentication-Results: {found.results}")
    does = f"would say {done.reply!r}" if done.reply else f"would put it into {done.folder}"
    parts.append(f"A server of the lab {does}.{_why(found, done)}")
    missing = [
        f"{each.answer.name.removesuffix('.')} {each.answer.type}" for each in resolver.cache if not each.answer.records
    ]
    if missing:
        parts.append(f"Asked for, and not in the files: {', '.join(missing)}")
    print("\n\n".join(parts))
    return 0


def _why(found: Verdicts, done: Outcome) -> str:
    """How a refusal goes with what DMARC asks for: a server may refuse for SPF alone, RFC 7208 section 8.4."""
    if found.spf is None or found.spf.result != "fail" or done.disposition != "reject":
        return ""
    by_dmarc = found.dmarc.disposition if found.dmarc is not None and found.dmarc.result == "fail" else "nothing"
    told = f"DMARC alone comes to {by_dmarc}, but the fail of SPF is ground enough for this server to refuse"
    return f" {told} (RFC 7208 §8.4)."


def _letter(path: str) -> bytes:
    """Its octets, without the line that a mailbox file puts before each letter."""
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb") as file:
            octets = file.read(MESSAGE_MAX_OCTETS + 1)
    except OSError as fault:
        raise LabError(f"{path} cannot be read: {(fault.strerror or str(fault)).lower()}") from None
    if len(octets) > MESSAGE_MAX_OCTETS:
        raise LabError(f"{path} is larger than {MESSAGE_MAX_OCTETS:,} octets, so it is no letter that a server takes")
    if octets.startswith(b"From "):
        octets = octets.partition(b"\n")[2]
    if not re.match(rb"[!-9;-~]+[ \t]*:", octets):  # RFC 5322 section 2.2
        raise LabError(f"{path} is no letter: it begins with no header field, such as From: Alice <alice@example.net>")
    return octets


def _envelope(mail_from: str, helo: str | None) -> tuple[str, str]:
    """The sender, and the name that SPF takes in its place where there is none."""
    sender = mail_from.strip().removeprefix("<").removesuffix(">")
    local, _, domain = sender.rpartition("@")
    if sender and not (local and domain and sender.isprintable() and " " not in domain):
        raise LabError(f'"{mail_from}" is no address: --mail-from is one such as alice@example.net, or <> for none')
    if helo is None and not sender:
        raise LabError("without a sender SPF judges the name that the client called itself: --helo says it")
    if helo is not None and (not helo.isprintable() or not helo.strip() or " " in helo):
        raise LabError(f'"{helo}" is no name: --helo is what the client called itself, such as mail.example.net')
    return sender, helo or domain


def _as_json(lab: Lab, services: list[Exposed]) -> str:
    accounts = [asdict(account) for account in lab.accounts(outside=True)]
    opened = [asdict(service) for service in services]
    return json.dumps({"services": opened, "accounts": accounts, "ca_file": str(lab.ca_file)})


# ---- for people


def _as_page(lab: Lab, seat: str, services: list[Exposed]) -> Iterator[str]:
    yield f"The lab is up: the {lab.world.name} world, for programs of this machine alone. Ctrl-C stops it."
    yield ""
    rows = [(each.host, each.protocol, each.tls, f"{each.address}:{each.port}", _what(lab, each)) for each in services]
    yield from _table(("host", "protocol", "TLS", "is here", "what it does"), rows)
    yield ""
    yield f"Who uses TLS trusts the CA in {lab.ca_file}, which is gone when the lab ends."
    address = lab.host(seat).address
    yield f"Programs from outside sit at {seat} [{address}]."
    for isp in lab.world.isps.values():
        if isp.holds(address):
            ports = ", ".join(map(str, isp.filters))
            yield f"{isp.name} lets nobody there out to port {ports}: such services are not listed."
    accounts = [(each.address, each.user, each.password) for each in lab.accounts(outside=True)]
    if accounts:
        yield from ("", *_table(("mailbox", "user", "password"), accounts))
    examples = list(_examples(lab, seat, services))
    if examples:
        yield from ("", "For instance:", "", *(f"  {line}" for line in examples))


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, tuple("-" * width for width in widths), *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield _bold(line) if row is head else line


def _bold(text: str) -> str:
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain else f"\x1b[1m{text}\x1b[0m"


def _what(lab: Lab, service: Exposed) -> str:
    provider = lab.world.hosts[service.host].provider
    if service.protocol == "dns":
        return f"knows all {len(lab.zones)} zones, over UDP and TCP"
    does = DOES.get(service.protocol, "takes mail for")
    return f"{does} {', '.join(lab.world.providers[provider].domains)}" if provider else ""


def _examples(lab: Lab, seat: str, services: list[Exposed]) -> Iterator[str]:
    """What to try first: ask for a domain's mail servers, write to somebody there, and read it."""
    from labmail.lab.expose import domain_of

    servers = {lab.world.hosts[each.host].provider: each for each in reversed(services) if each.protocol == "smtp"}
    boxes = {box: servers[name] for name in lab.world.providers if name in servers for box in _boxes(lab, name)}
    box = BOB if BOB in boxes else next(iter(boxes), "")
    domain = domain_of(seat, lab.zones)
    for each in services:
        if each.protocol == "dns":
            yield f"dig @{each.address} -p {each.port} {box.partition('@')[2] or domain} MX"
    if box:
        server = f"{boxes[box].address}:{boxes[box].port}"
        yield f"swaks --server {server} --helo {seat} --from you@{domain} --to {box}"
    for account in lab.accounts(outside=True):
        for each in services:
            if account.address != (box or BOB) or account.address not in _boxes_at(lab, each):
                continue
            if each.protocol == "pop3":
                yield f"curl -u {account.user}:{account.password} pop3://{each.address}:{each.port}/1"
            elif each.protocol == "http":
                yield f"your browser: http://{each.address}:{each.port}/"


def _boxes_at(lab: Lab, service: Exposed) -> tuple[str, ...]:
    provider = lab.world.hosts[service.host].provider
    return _boxes(lab, provider) if provider else ()


def _boxes(lab: Lab, provider: str) -> tuple[str, ...]:
    return lab.world.providers[provider].mailboxes
