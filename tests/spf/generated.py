"""Records and zones by chance, the same for the same seed: small worlds of a few domains that refer to one another.

Most of what comes out is grammar at its best; some words are broken, and some names answer with nothing or not at all.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.spf.zone import Zone

DOMAINS = tuple(f"d{number}.test" for number in range(6))
HOSTS = ("h0.test", "h1.d1.test", "gone.test", "slow.test", "broken.test", "x.d2.test")
V4 = ("192.0.2.1", "192.0.2.77", "198.51.100.9", "203.0.113.200")
V6 = ("2001:db8::1", "2001:db8:1::7")
SENDERS = (*("alice@{}", "strong-bad@{}", "a.b.c@{}") * 20, "@{}", "@{}", "{}", "{}", '"x@y"@{}')
SIGNS = ("", "", "", "+", "-", "~", "?")
ODD_WORDS = (
    *("ip4:192.0.2.300", "ip4:192.0.2.1/33", "ip6:2001::db8::1", "ipv4:192.0.2.1", "a:192.0.2.1", "all:x", "a/129//4"),
    *("include", "exists", "include:", "a:x_y", "a:%{q}.test", "exists:%{i", "mx:a%", "moo", "=x", "a:d1.test/024"),
    *("ip4:192.0.2.1,", "redirect:d1.test", "exists:%(ir).test", "ptr/8", "a:d1.test.7", "%{c}.test", "v=spf1"),
)
MODIFIERS = ("x-seen=1", "moo=%{d}", "ra=alice", "rp=100", "a-b.c_d=/x")
NAMES = ("%{d}", "%{o}", "%{ir}.%{d2}", "%{l}.d3.test", "%{v}.h0.test", "%{s}.test", "%{d1r}.d1.test", "%{H}.test")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One connection, and all that DNS says."""

    ip: str
    helo: str
    mail_from: str
    zone: Zone

    def __str__(self) -> str:
        return f"{self.ip} helo {self.helo} from {self.mail_from!r}: {self.zone.entries}"


def case(seed: int) -> Case:
    chance = random.Random(seed)
    own = chance.choice(DOMAINS)
    return Case(
        ip=chance.choice((*V4, *V4, *V6)),
        helo=chance.choice((own, "h0.test", "mail.d1.test")),
        mail_from="" if chance.random() < 0.05 else chance.choice(SENDERS).format(own),
        zone=Zone(_zone(chance)),
    )


def _zone(chance: random.Random) -> dict[str, list[object]]:
    zone: dict[str, list[object]] = {}
    for domain in DOMAINS:
        texts: list[object] = [("TXT", _record(chance, domain))] if chance.random() < 0.93 else []
        if chance.random() < 0.03:
            texts.append(("TXT", "v=spf1 -all"))
        if chance.random() < 0.2:
            texts.insert(0, ("TXT", "some other text"))
        zone[domain] = [*texts, *_hosts(chance)] or [("TXT", "nothing")]
        if chance.random() < 0.03:
            zone[domain] = [chance.choice(("TIMEOUT", "SERVFAIL"))]
    for host in HOSTS:
        if host != "gone.test":
            zone[host] = ["TIMEOUT"] if host == "slow.test" else _hosts(chance)
    zone["broken.test"] = ["SERVFAIL"]
    zone["why.test"] = [("TXT", "%{i} is none of %{o}")]
    for ip in V4:
        names = chance.sample((*HOSTS[:3], *DOMAINS), k=chance.randint(0, 3))
        zone[f"{'.'.join(reversed(ip.split('.')))}.in-addr.arpa"] = [("PTR", name) for name in names]
    return zone


def _hosts(chance: random.Random) -> list[object]:
    found: list[object] = [("A", ip) for ip in chance.sample(V4, k=chance.randint(0, 2))]
    found += [("AAAA", ip) for ip in chance.sample(V6, k=chance.randint(0, 1))]
    if chance.random() < 0.5:
        count = 11 if chance.random() < 0.02 else chance.randint(1, 2)
        hosts = [chance.choice((*HOSTS[:3], *DOMAINS)) for _ in range(count)]
        found += [("MX", f"{10 * (number + 1)} {host}") for number, host in enumerate(hosts)]
    return found


def _record(chance: random.Random, own: str) -> str:
    others = [domain for domain in DOMAINS if domain != own] if chance.random() < 0.97 else DOMAINS
    words = [_word(chance, others) for _ in range(chance.choice((1, 1, 2, 2, 3, 4, 12)))]
    if chance.random() < 0.7:
        words.append(f"{chance.choice(SIGNS)}all")
    if chance.random() < (0.02 if words[-1].endswith("all") else 0.2):
        words.append(f"redirect={chance.choice(others)}")
    if chance.random() < 0.1:
        words.insert(chance.randrange(len(words) + 1), chance.choice(MODIFIERS))
    if chance.random() < 0.1:
        words.append("exp=why.test")
    if chance.random() < 0.04:
        words.insert(chance.randrange(len(words) + 1), chance.choice(ODD_WORDS))
    return " ".join([chance.choice(("v=spf1", "v=spf1", "V=SPF1")), *words])


def _word(chance: random.Random, domains: Sequence[str]) -> str:
    sign, name = chance.choice(SIGNS), chance.choice((*DOMAINS, *DOMAINS, *HOSTS, *NAMES))
    domain, length = chance.choice(("", f":{name}")), chance.choice(("", "", "/24", "//64", "/25//48", "/0"))
    version, network = chance.choice((("4", chance.choice(V4)), ("4", chance.choice(V4)), ("6", chance.choice(V6))))
    kinds = {
        f"ip{version}:{network}{chance.choice(('', '', '/24'))}": 4,
        f"a{domain}{length}": 2,
        f"mx{domain}{length}": 2,
        f"include:{chance.choice(domains)}": 3,
        f"exists:{name}": 1,
        f"ptr{domain}": 1,
    }
    word = chance.choices(list(kinds), weights=list(kinds.values()))[0]
    return sign + (word.upper() if chance.random() < 0.02 and "%" not in word else word)
