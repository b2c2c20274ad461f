"""DNS, the directory of the Internet: zones and their name server, the resolver that asks it, and the way to a mail
server. RFC 1034, RFC 1035.

    zones.py     the records, as zone files, editable while the server answers
    answers.py   from a question to records: aliases, wildcards, names that are not there
    server.py    octets in, octets out
    resolver.py  one host's memory of answers
    mx.py        which hosts take mail for a domain, in which order
    packet.py    what each octet of a message means
    look.py      an answer as dig and nslookup print it
"""
