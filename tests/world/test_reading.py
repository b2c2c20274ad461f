"""Worlds as data: the ones that come with labmail, a teacher's own, and the sentences to their mistakes."""

import shutil

import pytest

from labmail import Lab, dkim
from labmail.errors import WorldError
from labmail.world import WORLDS, load, names


@pytest.mark.parametrize("name", names())
def test_each_world_loads_and_starts(name):
    assert load(name).name == name
    Lab(name).stop()


def test_a_teacher_copies_and_changes_one(tmp_path):
    shutil.copytree(WORLDS / "base", tmp_path / "mine")
    file = tmp_path / "mine" / "world.toml"
    file.write_text(file.read_text().replace('198.51.100.1"', '198.51.100.9"'))
    with Lab(file) as lab:
        assert lab.host("mx1.example.com").address == "198.51.100.9"
    with Lab(tmp_path / "mine") as lab:
        assert lab.host("mx1.example.com").address == "198.51.100.9"


def test_an_overlay_says_only_what_differs(tmp_path):
    (tmp_path / "zones").mkdir()
    (tmp_path / "zones" / "extra.example.zone").write_text(
        "@ SOA ns.example. h.example. 1 2 3 4 300\n@ NS ns.example.\n@ TXT hello\n"
    )
    overlay = tmp_path / "mine.toml"
    overlay.write_text('base = "base"\n[host."mx1.example.com"]\nsize_max_octets = 1000\n')
    world = load(overlay)
    assert world.name == "mine"
    assert world.hosts["mx1.example.com"].settings == {"size_max_octets": 1000}
    assert world.hosts["mx1.example.com"].address == load("base").hosts["mx1.example.com"].address
    with Lab(overlay) as lab:
        assert lab.dig("extra.example", "TXT").records == ('"hello"',)
        assert lab.host("mx1.example.com").size_max_octets == 1000


BASE = 'base = "base"\n\n'
FORWARDS = '[provider."alumni.example".forwards]\n'
LISTS = '[provider."alumni.example".lists."{}"]\n'
DKIM = '[provider."example.net".dkim]\n'
MISTAKES = {
    **{
        f"a size of {size}": (
            BASE + f'[host."mx1.example.com"]\nsize_max_octets = {size}\n', 4,
            f"size_max_octets is a whole number of octets, 1 or more, not {str(size).capitalize()}",
        )
        for size in (-1, 0, "true")
    },
    "not TOML": ("base = base\n", 1, "this is not TOML"),
    "a base that is not there": ('\nbase = "bass"\n', 2, "there is no world named bass; did you mean base"),
    "a base that is no name": ("base = 3\n", 1, "in quotes"),
    "a key misspelt": (BASE + '[host."mx1.example.com"]\nenhanced_code = false\n', 4, "did you mean enhanced_codes"),
    "a table misspelt": (BASE + "[hots]\n", 1, "hots means nothing here"),
    "a setting of the wrong kind": (
        BASE + '[host."mx1.example.com"]\nenhanced_codes = "no"\n', 4, "true or false, not 'no'",
    ),
    "an address that is none": (BASE + '[host."a.example"]\naddress = "198.51.100.300"\n', 4, "needs an IPv4 address"),
    "no address": (BASE + '[host."a.example"]\nservices = []\n', 3, "needs an IPv4 address"),
    "an address twice": (BASE + '[host."a.example"]\naddress = "198.51.100.1"\n', 4, "cannot both have 198.51.100.1"),
    "no such provider": (
        BASE + '[host."a.example"]\naddress = "198.51.100.9"\nprovider = "a"\n', 5, "there is no provider 'a'",
    ),
    "a service without mailboxes": (
        BASE + '[host."a.example"]\naddress = "198.51.100.9"\nservices = ["smtp"]\n', 5, "needs a provider",
    ),
    "a server of mail without mailboxes": (
        BASE + '[host."a.example"]\naddress = "198.51.100.9"\nservices = ["pop3"]\n', 5, "needs a provider",
    ),
    "passwords that are no table": (
        BASE + '[provider."p"]\ndomains = ["example.org"]\npasswords = "x"\n', 5, "passwords is a table",
    ),
    "a password for nobody": (
        BASE + '[provider."example.com".passwords]\n"rob@example.com" = "x"\n', 4, "is no mailbox of example.com",
    ),
    "a password that is none": (
        BASE + '[provider."example.com".passwords]\n"bob@example.com" = ""\n', 4, "1 to 100 printable ASCII",
    ),
    "no such service": (
        BASE + '[host."a.example"]\naddress = "198.51.100.9"\nservices = ["ftp"]\n', 5, "ftp is no service",
    ),
    "a mailbox elsewhere": (
        BASE + '[provider."p"]\ndomains = ["example.org"]\nmailboxes = ["x@example.com"]\n', 5, "is no mailbox of p",
    ),
    "a list that is none": (BASE + '[provider."p"]\ndomains = "example.org"\n', 4, "is a list of names in quotes"),
    "a policy at no host": (BASE + '[policy."example.com"]\ntext = "x"\n', 3, "needs a host of this world"),
    "a policy without https": (
        BASE + '[policy."example.com"]\nhost = "mx1.example.com"\n', 4, "mx1.example.com offers no https",
    ),
    "a policy that is no text": (
        BASE + '[policy."example.com"]\nhost = "mail.example.com"\ntext = 7\n', 5, "stands in quotes",
    ),
    "a policy's other key": (
        BASE + '[policy."example.com"]\nhost = "mail.example.com"\nfile = "x"\n', 5, "file means nothing here",
    ),
    "a network that is none": (BASE + '[isp."i"]\nnetwork = "203.0.113.17/28"\n', 4, "is an IPv4 network"),
    "ports that are none": (BASE + '[isp."i"]\nnetwork = "203.0.113.0/28"\nfilters = [99999]\n', 5, "a list of ports"),
    "no such name server": (BASE + 'name_server = "ns9.example"\n', 3, "is no host of this world"),
    "an address that goes on from elsewhere": (
        BASE + FORWARDS + '"rob@example.org" = "bob@example.com"\n', 4, "is no address of alumni.example",
    ),
    "a forward to no address": (
        BASE + FORWARDS + '"al@alumni.example" = "bob"\n', 4, 'such as "bob@example.com", not to \'bob\'',
    ),
    "a forward to nobody": (BASE + FORWARDS + '"al@alumni.example" = "cy@alumni.example"\n', 4, "nobody has that name"),
    "a mailbox that is forwarded": (
        BASE + '[provider."example.com".forwards]\n"bob@example.com" = "b@example.org"\n', 4, "is a mailbox of",
    ),
    "a circle": (
        BASE + FORWARDS + '"al@alumni.example" = "cy@alumni.example"\n"cy@alumni.example" = "al@alumni.example"\n',
        4, "in a circle, by way of al@alumni.example",
    ),
    "forwards that are no table": (BASE + '[provider."alumni.example"]\nforwards = 3\n', 4, "forwards is a table"),
    "a list that is no table": (
        BASE + '[provider."alumni.example".lists]\n"a@alumni.example" = ["bob@example.com"]\n', 4, "is a table",
    ),
    "a list of another domain": (BASE + LISTS.format("a@b.example"), 3, "a@b.example is no address of alumni.example"),
    "a member that is none": (
        BASE + LISTS.format("a@alumni.example") + 'members = ["bob"]\n', 4, "is an address such as",
    ),
    "a member that is nobody": (
        BASE + LISTS.format("a@alumni.example") + 'members = ["b@alumni.example"]\n', 4, "nobody has that name",
    ),
    "a list that is forwarded": (BASE + LISTS.format("bob@alumni.example"), 3, "cannot be another thing as well"),
    "a list sent out by a stranger": (
        BASE + LISTS.format("a@alumni.example") + 'host = "mx1.example.com"\n', 4, "not by mx1.example.com",
    ),
    "a key for somebody else's domain": (BASE + DKIM + '"example.org" = "s1"\n', 4, "is no domain of example.net"),
    "a key that is not there": (BASE + DKIM + '"example.net" = "s9"\n', 4, "s9._domainkey.example.net.pem, and there"),
    "a selector that is none": (BASE + DKIM + '"example.net" = "../s1"\n', 4, 'such as "s1", not with'),
    "a host that is no table": (BASE + 'host = "mx1"\n', 3, "is a table"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_a_sentence_with_file_and_line(tmp_path, text, line, sentence):
    file = tmp_path / "my.toml"
    file.write_text(text)
    with pytest.raises(WorldError) as caught:
        load(file)
    said = str(caught.value)
    assert said.startswith(str(file))
    assert f"line {line}" in said
    assert sentence in said


NO_KEYS = {
    "nothing": "",
    "words": "secret\n",
    "a certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "half of one": dkim.generate("ed25519").pem.replace("MC4C", "MC4CAQA"),
    "one for elliptic curves": (
        "-----BEGIN PRIVATE KEY-----\nMBMCAQAwBwYFK4EEAAoEBQQDAQID\n-----END PRIVATE KEY-----\n"
    ),
    "no base64": "-----BEGIN PRIVATE KEY-----\nMC4C!\n-----END PRIVATE KEY-----\n",
}


@pytest.mark.parametrize("text", NO_KEYS.values(), ids=NO_KEYS)
def test_a_key_file_that_holds_no_key(tmp_path, text):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "s9._domainkey.example.net.pem").write_text(text)
    (tmp_path / "my.toml").write_text(BASE + DKIM + '"example.net" = "s9"\n')
    with pytest.raises(WorldError, match="line 4: .*s9._domainkey.example.net.pem holds no private key in PEM"):
        load(tmp_path / "my.toml")


@pytest.mark.parametrize("type", ["rsa", "ed25519"])
def test_an_overlay_brings_its_own_key_or_none(tmp_path, type):
    (tmp_path / "keys").mkdir()
    key = dkim.generate(type)
    (tmp_path / "keys" / "s9._domainkey.example.net.pem").write_text(key.pem)
    (tmp_path / "my.toml").write_text(BASE + DKIM + '"example.net" = "s9"\n')
    assert dkim.load(load(tmp_path / "my.toml").providers["example.net"].dkim["example.net"].pem).record == key.record
    (tmp_path / "my.toml").write_text(BASE + DKIM + '"example.net" = ""\n')
    assert load(tmp_path / "my.toml").providers["example.net"].dkim == {}


def test_a_mistake_in_the_base_is_named_there(tmp_path):
    (tmp_path / "below.toml").write_text(BASE + '[host."mx1.example.com"]\nsign = 3\n')
    (tmp_path / "above.toml").write_text('base = "below.toml"\n')
    with pytest.raises(WorldError, match="below.toml line 4: mx1.example.com: sign is true or false"):
        load(tmp_path / "above.toml")


def test_a_zone_file_s_mistake_names_the_file(tmp_path):
    shutil.copytree(WORLDS / "base", tmp_path / "mine")
    zone = tmp_path / "mine" / "zones" / "example.com.zone"
    zone.write_text(zone.read_text() + "mx1 A 198.51.100.300\n")
    line = len(zone.read_text().splitlines())
    with pytest.raises(WorldError, match=rf"example.com.zone line {line}\b"):
        Lab(tmp_path / "mine")


def test_a_world_is_not_its_own_base(tmp_path):
    (tmp_path / "a.toml").write_text('base = "b.toml"\n')
    (tmp_path / "b.toml").write_text('base = "a.toml"\n')
    with pytest.raises(WorldError, match="cannot be its own base"):
        load(tmp_path / "a.toml")


def test_no_such_world():
    with pytest.raises(WorldError, match="there is no world named 01-smtp-dialgo; did you mean 01-smtp-dialog"):
        Lab("01-smtp-dialgo")
    with pytest.raises(WorldError, match="there is no file my.toml"):
        Lab("my.toml")
