"""The lab's certificate authority, and a shelf of certificates: a good one for each host, and bad ones. RFC 5280.

Certificates obey the machine's clock, not the lab's: a bad one is made bad. Nothing is made before it is first needed,
for keys take time; nothing is left when the lab ends. The authority outlives a reset, so that who trusts it need not
learn anew.
"""

from __future__ import annotations

import shutil
import ssl
import tempfile
import threading
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from labmail.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import trustme

    from labmail.record import TlsRecord

__all__ = ["CA_NAME", "OTHER_CA_NAME", "OTHER_HOST", "Authority", "client_context"]

CA_NAME = "labmail teaching CA"
OTHER_CA_NAME = "a CA that nobody knows"
OTHER_HOST = "another-host.example"  # whom a certificate with the wrong name is for
HELLOS_WITHIN = 8  # records: where the hellos of a handshake are, the second one after a retry included
HERE = ("localhost", "127.0.0.1")  # the names of an exposed service, for programs of this machine
VALID = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)  # whatever the machine's clock says
PERIODS = {  # kind -> not before, not after
    "expired": (datetime(2018, 1, 1, tzinfo=UTC), datetime(2019, 1, 1, tzinfo=UTC)),
    "not yet valid": (datetime(2049, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)),
}


class Authority:
    """`context` may take a while the first time: on the lab's loop, call it by net.in_thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._contexts: dict[tuple[tuple[str, ...], str], ssl.SSLContext] = {}
        self._clients: dict[bool, ssl.SSLContext] = {}
        self._ended = False
        self._keys = ""

    # ---- for programs and learners

    @property
    def ca_file(self) -> Path:
        """What a client must trust: a file in PEM, for its owner alone, gone when the lab stops."""
        with self._lock:
            return self._ca_file

    def key_log(self) -> str:
        """The secrets of each handshake so far, as Wireshark reads them (SSLKEYLOGFILE)."""
        with self._lock:
            if self._contexts and not self._ended:
                self._keys = self._key_file.read_text(encoding="ascii")
            return self._keys

    def keys_of(self, crossed: Sequence[TlsRecord]) -> str:
        """The lines of the key log that belong to these records: a line names the random octets of its ClientHello."""
        from labmail.tls.hello import ClientHello
        from labmail.tls.records import read_all

        messages = [message for record in read_all(crossed[:HELLOS_WITHIN]) for message in record.messages]
        randoms = {message.random.hex() for message in messages if isinstance(message, ClientHello)}
        lines = self.key_log().splitlines(keepends=True) if randoms else []
        return "".join(line for line in lines if line.split()[1:2] and line.split()[1] in randoms)

    def close(self) -> None:
        """Leave no file behind; the secrets stay readable. Twice is fine."""
        with self._lock:
            if self._ended:
                return
            self.key_log()
            self._ended = True
            for context in self._contexts.values():
                context.keylog_filename = None  # type: ignore[assignment]  # lets go of its descriptor
            if "_folder" in self.__dict__:
                shutil.rmtree(self._folder, ignore_errors=True)

    # ---- for servers and clients of the lab

    def context(
        self, host: str, certificate: str = "good", *, exposed: bool = False, also: Sequence[str] = ()
    ) -> ssl.SSLContext:
        """A server's, with a certificate of that kind, for that host and the names it serves under `also`.

        An exposed service is known by the names it has outside, too.
        """
        names = (host, *also, *(HERE if exposed else ()))
        with self._lock:
            if self._ended:
                raise LabError("the lab has stopped, and its certificates with it")
            if (names, certificate) not in self._contexts:
                self._contexts[names, certificate] = self._make(names, certificate)
            return self._contexts[names, certificate]

    def client(self, *, verified: bool) -> ssl.SSLContext:
        """A delivering server's: one that asks for a good certificate, or one that takes any (RFC 7435)."""
        with self._lock:
            if verified not in self._clients:
                self._clients[verified] = client_context(self.ca_file if verified else None)
            return self._clients[verified]

    # ---- inside

    @cached_property
    def _folder(self) -> Path:
        if self._ended:
            raise LabError("the lab has stopped, and its certificates with it")
        return Path(tempfile.mkdtemp(prefix="labmail-"))

    @cached_property
    def _ca(self) -> trustme.CA:
        import trustme

        return trustme.CA(organization_name="labmail", organization_unit_name=CA_NAME)

    @cached_property
    def _ca_file(self) -> Path:
        path = self._private("ca.pem")
        path.write_bytes(self._ca.cert_pem.bytes())
        return path

    @cached_property
    def _key_file(self) -> Path:
        return self._private("keys.txt")

    def _private(self, name: str) -> Path:
        path = self._folder / name
        path.touch(mode=0o600)
        return path

    def _make(self, names: tuple[str, ...], certificate: str) -> ssl.SSLContext:
        context = _plain_context(ssl.PROTOCOL_TLS_SERVER)
        context.num_tickets = 0  # nothing here is resumed
        context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
        path = self._private(f"{len(self._contexts)}.pem")
        path.write_bytes(self._pem(names, certificate))
        context.load_cert_chain(path)
        path.unlink()
        context.keylog_filename = str(self._key_file)
        return context

    def _pem(self, names: tuple[str, ...], certificate: str) -> bytes:
        """The private key, then the certificate: by the lab's CA where the kind does not say otherwise."""
        if certificate == "self-signed":
            return _self_signed(names)
        import trustme

        ca = self._ca
        if certificate == "unknown CA":
            ca = trustme.CA(organization_name="unknown", organization_unit_name=OTHER_CA_NAME)
        elif certificate == "wrong host":
            names = (OTHER_HOST,)
        begin, end = PERIODS.get(certificate, VALID)
        leaf = ca.issue_cert(
            *names,
            common_name=names[0],  # fetchmail reads nothing else
            organization_name="labmail",
            organization_unit_name="the small Internet",
            not_before=begin,
            not_after=end,
        )
        pem: bytes = leaf.private_key_and_cert_chain_pem.bytes()
        return pem


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    """A client's: it trusts whom that CA vouches for, or, without one, anybody."""
    context = _plain_context(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file is None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    else:
        context.load_verify_locations(ca_file)
    return context


def _plain_context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # the older ones are no more: RFC 8996
    return context


def _self_signed(names: tuple[str, ...]) -> bytes:
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    others = [x509.IPAddress(ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names]
    builder = x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(VALID[0]).not_valid_after(VALID[1])
    made = builder.add_extension(x509.SubjectAlternativeName(others), critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.public_bytes(serialization.Encoding.PEM)
