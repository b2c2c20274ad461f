"""Questions and their answers, as data: the session in memory and `dig` on a real wire must both agree.

To add a case, write it down: name, type -> rcode, then the records of the answer, authority and additional sections.
"""

from __future__ import annotations

from dataclasses import dataclass

EXAMPLE_COM = """\
$ORIGIN example.com.
$TTL 300
@     SOA   ns.example. hostmaster.example. (
            8 86400 7200 2419200 300 )
@     NS    ns.example.
@     MX    10 mx1
@     MX    20 mx2
mx1   A     198.51.100.1
mx2   A     198.51.100.2
mail  A     198.51.100.10
"""
HEAD = "$TTL 300\n@ SOA ns.example. hostmaster.example. 7 86400 7200 2419200 120\n@ NS ns.example.\n"
MANY = "\n".join(f"{letter}.many AAAA 2001:db8::{number}" for letter in "ab" for number in range(1, 12))
MIDDLE = " ".join(f'"{letter * 200}"' for letter in "ab")  # fits 512 octets
LONG = " ".join(f'"{letter * 200}"' for letter in "abcdefgh")  # over 1232 octets: never in one datagram
ZONES = {
    "example": HEAD + "ns A 192.0.2.53\n",
    "example.com": HEAD
    + f"""
@         MX     10 mx1
@         MX     20 mx2
@         TXT    "v=spf1 ip4:198.51.100.10 -all"
mx1       A      198.51.100.1
mx1       AAAA   2001:db8::1
mx2   60  A      198.51.100.2
www       CNAME  web
web       CNAME  mx1
far       CNAME  shop.example.org.
lost      CNAME  nowhere
lostmail  CNAME  web
gone      CNAME  www.elsewhere.test.
round     CNAME  about
about     CNAME  round
deep.in.here A   198.51.100.9
*.wild    A      198.51.100.7
*.wild    MX     10 mx1
kept.wild TXT    "only a text"
*.links   CNAME  mx1
middle    TXT    {MIDDLE}
many      MX     1 a.many
many      MX     2 b.many
{MANY}
long      TXT    {LONG}
quotes    TXT    "say \\"cake\\"" "semi;colon" "back\\\\slash" "\\195\\188"
_imaps._tcp SRV  0 1 993 mx1
Mixed     A      198.51.100.8
""",
    "example.org": HEAD + "@ MX 10 mx.mailhost.example.\nshop A 198.51.100.80\n",
    "nomail.example": HEAD + "@ MX 0 .\n",
    "100.51.198.in-addr.arpa": HEAD + "1 PTR mx1.example.com.\n",
}


def soa(zone: str) -> tuple[str, ...]:
    """What a no carries: its TTL is the SOA's minimum, the smaller of the two. RFC 2308 section 3"""
    return (f"{zone}. 120 SOA ns.example. hostmaster.example. 7 86400 7200 2419200 120",)


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    type: str
    rcode: str = "NOERROR"
    answers: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    additional: tuple[str, ...] = ()
    authoritative: bool = True


MX1 = ("mx1.example.com. 300 A 198.51.100.1", "mx1.example.com. 300 AAAA 2001:db8::1")
WWW = ("www.example.com. 300 CNAME web.example.com.", "web.example.com. 300 CNAME mx1.example.com.")
CASES = {
    "mail servers, their addresses along": Case(
        name="example.com",
        type="MX",
        answers=("example.com. 300 MX 10 mx1.example.com.", "example.com. 300 MX 20 mx2.example.com."),
        additional=(*MX1, "mx2.example.com. 60 A 198.51.100.2"),
    ),
    "a server in another zone": Case(
        name="example.org",
        type="MX",
        answers=("example.org. 300 MX 10 mx.mailhost.example.",),
    ),
    "an address": Case(name="mx1.example.com", type="A", answers=MX1[:1]),
    "an IPv6 address": Case(name="mx1.example.com", type="AAAA", answers=MX1[1:]),
    "a TTL of its own": Case(name="mx2.example.com", type="A", answers=("mx2.example.com. 60 A 198.51.100.2",)),
    "a text": Case(name="example.com", type="TXT", answers=('example.com. 300 TXT "v=spf1 ip4:198.51.100.10 -all"',)),
    "escapes": Case(
        name="quotes.example.com",
        type="TXT",
        answers=(r'quotes.example.com. 300 TXT "say \"cake\"" "semi;colon" "back\\slash" "\195\188"',),
    ),
    "the zone's own data": Case(
        name="example.com",
        type="SOA",
        answers=("example.com. 300 SOA ns.example. hostmaster.example. 7 86400 7200 2419200 120",),
    ),
    "name servers": Case(
        name="example.com",
        type="NS",
        answers=("example.com. 300 NS ns.example.",),
        additional=("ns.example. 300 A 192.0.2.53",),
    ),
    "a service": Case(
        name="_imaps._tcp.example.com",
        type="SRV",
        answers=("_imaps._tcp.example.com. 300 SRV 0 1 993 mx1.example.com.",),
        additional=MX1,
    ),
    "an address turned round": Case(
        name="1.100.51.198.in-addr.arpa",
        type="PTR",
        answers=("1.100.51.198.in-addr.arpa. 300 PTR mx1.example.com.",),
    ),
    "an address of nobody": Case(
        name="99.100.51.198.in-addr.arpa",
        type="PTR",
        rcode="NXDOMAIN",
        authority=soa("100.51.198.in-addr.arpa"),
    ),
    "a null MX": Case(name="nomail.example", type="MX", answers=("nomail.example. 300 MX 0 .",)),
    "an alias of an alias": Case(name="www.example.com", type="A", answers=(*WWW, MX1[0])),
    "the alias itself": Case(name="www.example.com", type="CNAME", answers=WWW[:1]),
    "an alias into another zone": Case(
        name="far.example.com",
        type="A",
        answers=("far.example.com. 300 CNAME shop.example.org.", "shop.example.org. 300 A 198.51.100.80"),
    ),
    "an alias to a name without such a record": Case(
        name="www.example.com", type="MX", answers=WWW, authority=soa("example.com")
    ),
    "an alias to no name": Case(
        name="lost.example.com",
        type="A",
        rcode="NXDOMAIN",
        answers=("lost.example.com. 300 CNAME nowhere.example.com.",),
        authority=soa("example.com"),
    ),
    "an alias that leads outside": Case(
        name="gone.example.com", type="A", answers=("gone.example.com. 300 CNAME www.elsewhere.test.",)
    ),
    "aliases that go round": Case(
        name="round.example.com",
        type="A",
        answers=("round.example.com. 300 CNAME about.example.com.", "about.example.com. 300 CNAME round.example.com."),
    ),
    "no such name": Case(name="nobody.example.com", type="A", rcode="NXDOMAIN", authority=soa("example.com")),
    "no such name, deep": Case(name="a.b.c.example.com", type="A", rcode="NXDOMAIN", authority=soa("example.com")),
    "a name without such a record": Case(name="mx1.example.com", type="MX", authority=soa("example.com")),
    "a name between": Case(name="in.here.example.com", type="A", authority=soa("example.com")),
    "a name that begins with *": Case(
        name="*.wild.example.com", type="A", answers=("*.wild.example.com. 300 A 198.51.100.7",)
    ),
    "a wildcard": Case(name="any.wild.example.com", type="A", answers=("any.wild.example.com. 300 A 198.51.100.7",)),
    "a wildcard, two labels deep": Case(
        name="a.b.wild.example.com", type="A", answers=("a.b.wild.example.com. 300 A 198.51.100.7",)
    ),
    "a wildcard with an MX": Case(
        name="any.wild.example.com",
        type="MX",
        answers=("any.wild.example.com. 300 MX 10 mx1.example.com.",),
        additional=MX1,
    ),
    "a wildcard without such a record": Case(name="any.wild.example.com", type="TXT", authority=soa("example.com")),
    "a name that hides the wildcard": Case(name="kept.wild.example.com", type="A", authority=soa("example.com")),
    "below a name that hides the wildcard": Case(
        name="x.kept.wild.example.com", type="A", rcode="NXDOMAIN", authority=soa("example.com")
    ),
    "a wildcard that is an alias": Case(
        name="any.links.example.com", type="A", answers=("any.links.example.com. 300 CNAME mx1.example.com.", MX1[0])
    ),
    "the name above a wildcard": Case(name="wild.example.com", type="A", authority=soa("example.com")),
    "outside of all zones": Case(name="example.edu", type="MX", rcode="REFUSED", authoritative=False),
    "everything": Case(
        name="mx1.example.com",
        type="ANY",
        answers=MX1,
    ),
    "a type that has no records here": Case(name="mx1.example.com", type="TLSA", authority=soa("example.com")),
    "the case of the question": Case(
        name="mIxEd.ExAmPlE.cOm", type="A", answers=("mIxEd.ExAmPlE.cOm. 300 A 198.51.100.8",)
    ),
}
