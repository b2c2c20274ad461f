"""DNS, the directory of the Internet: zones and their name server, the resolver that asks it, and the way to a mail
server. RFC 1034, RFC 1035.

    zones.py     the zones, editable while they answer; below it: contents.py (one zone's records and the rules between
                 them), master.py (zone files), rdata.py (a record's data), names.py
    answers.py   from a question to records: aliases, wildcards, names that are not there
    server.py    octets in, octets out
    resolver.py  one host's memory of answers; exchange.py carries its questions
    files.py     a resolver that knows the records of some files and no others
    mx.py        which hosts take mail for a domain, in which order
    message.py   question and answer as values
    packet.py    what each octet of a message means
    look.py      an answer as dig and nslookup print it
"""
