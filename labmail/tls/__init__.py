"""TLS, which seals a wire: certificates, what crosses it in a handshake, and how to read that. RFC 8446, RFC 5246.

authority.py  the lab's certificate authority, its shelf of good and bad certificates, the contexts of both sides
faults.py     what is wrong with a certificate, by the name of its fault
records.py    the records that crossed a wire, each octet named
hello.py      the messages of a handshake inside them
codes.py      the numbers of versions, suites, extensions, alerts
"""

from labmail.tls.authority import Authority

__all__ = ["Authority"]
