"""What can be set on a host, in a world's file and while it runs, and which values each setting takes."""

from __future__ import annotations

from ipaddress import IPv4Network

from labmail.net.seal import CERTIFICATES

__all__ = ["SETTINGS", "as_kept", "fault"]

SETTINGS: dict[str, type] = {
    "enhanced_codes": bool,
    "size_max_octets": int,
    "mta_sts": bool,  # it honours the policies of the domains it delivers to
    "starttls": bool,  # it offers TLS, and asks for it where it delivers
    "certificate": str,  # of which kind its own is
    "open_relay": bool,  # it sends on what anybody hands in
    "trusted": list,  # the networks whose hosts may send to others through it
    "sign": bool,  # it signs the letters of its own domains that go out
    "spf_at": str,  # when it checks SPF; see SPF_AT
    "refuse_spf_fail": bool,  # else it only writes down what SPF said
    "check_dkim": bool,
    "check_dmarc": bool,
    "reject_on_policy": bool,  # it refuses what fails DMARC where the domain says p=reject
}
SPF_AT = ("MAIL", "RCPT", "DATA", "later", "never")  # "later": after 250; a host says None for "never"


def fault(name: str, value: object) -> str:
    """What is wrong with that value, after "open_relay is"; empty where nothing is."""
    if name == "certificate":
        return "" if value in CERTIFICATES else f"one of {', '.join(CERTIFICATES)}"
    if name == "trusted":
        return "" if _networks(value) else 'a list of IPv4 networks, such as ["198.51.100.80/28"]'
    if name == "spf_at":
        return "" if value is None or value in SPF_AT else f"one of {', '.join(SPF_AT)}"
    if name == "size_max_octets":
        return "" if type(value) is int and value > 0 else "a whole number of octets, 1 or more"
    return "" if type(value) is bool else "true or false"


def as_kept(name: str, value: object) -> object:
    """TOML has no None, so a world says never."""
    return None if name == "spf_at" and value == "never" else value


def _networks(value: object) -> bool:
    try:
        return isinstance(value, list) and all(isinstance(each, str) and IPv4Network(each) for each in value)
    except ValueError:
        return False
