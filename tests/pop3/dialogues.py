# ruff: noqa: E501  a dialogue stands as it is said
"""Dialogues with mail.example.com: C is what the client sends, S what it must hear. To add a test, write it down.

Bob's mailbox holds three letters: of 18 octets, of 28 with dots to stuff, and of 20 without an end to its last line.
"""

LETTERS = (
    b"Subject: 1\r\n\r\nhi\r\n",
    b"Subject: 2\r\n\r\n.\r\n..two\r\nx.\r\n",
    b"Subject: 3\r\n\r\n.three",
)

GREETING = "S: +OK mail.example.com POP3 server ready"
LOGIN = f"""
                            {GREETING}
    C: USER bob             S: +OK now the password: PASS ...
    C: PASS teaching-bob    S: +OK the mailbox of bob@example.com is yours, with 3 messages (68 octets)"""
CAPABILITIES = """\
    C: CAPA                 S: +OK here is what you may count on
                            S: TOP
                            S: UIDL
                            S: USER
                            S: SASL PLAIN
                            S: RESP-CODES
                            S: AUTH-RESP-CODE
                            S: PIPELINING
                            S: EXPIRE NEVER
                            S: IMPLEMENTATION labmail
                            S: ."""

DIALOGUES = {
    "all is read and kept": f"""{LOGIN}
    C: STAT                 S: +OK 3 68
    C: LIST                 S: +OK 3 messages (68 octets)
                            S: 1 18
                            S: 2 28
                            S: 3 22
                            S: .
    C: UIDL                 S: +OK unique ids follow
                            S: 1 1
                            S: 2 2
                            S: 3 3
                            S: .
    C: RETR 1               S: +OK 18 octets
                            S: Subject: 1
                            S:
                            S: hi
                            S: .
    C: RETR 2               S: +OK 28 octets
                            S: Subject: 2
                            S:
                            S: ..
                            S: ...two
                            S: x.
                            S: .
    C: RETR 3               S: +OK 22 octets
                            S: Subject: 3
                            S:
                            S: ..three
                            S: .
    C: QUIT                 S: +OK mail.example.com says goodbye, 0 messages deleted and 3 left""",
    "one of them, and its top": f"""{LOGIN}
    C: LIST 2               S: +OK 2 28
    C: UIDL 3               S: +OK 3 3
    C: TOP 2 0              S: +OK the top follows
                            S: Subject: 2
                            S:
                            S: .
    C: TOP 2 1              S: +OK the top follows
                            S: Subject: 2
                            S:
                            S: ..
                            S: .
    C: TOP 3 99             S: +OK the top follows
                            S: Subject: 3
                            S:
                            S: ..three
                            S: .
    C: NOOP                 S: +OK
    C: quit                 S: +OK mail.example.com says goodbye, 0 messages deleted and 3 left""",
    "marks": f"""{LOGIN}
    C: DELE 2               S: +OK message 2 goes when you say QUIT
    C: DELE 2               S: -ERR message 2 is marked as deleted; RSET takes all marks off
    C: RETR 2               S: -ERR message 2 is marked as deleted; RSET takes all marks off
    C: LIST 2               S: -ERR message 2 is marked as deleted; RSET takes all marks off
    C: UIDL 2               S: -ERR message 2 is marked as deleted; RSET takes all marks off
    C: TOP 2 0              S: -ERR message 2 is marked as deleted; RSET takes all marks off
    C: STAT                 S: +OK 2 40
    C: LIST                 S: +OK 2 messages (40 octets)
                            S: 1 18
                            S: 3 22
                            S: .
    C: RSET                 S: +OK 3 messages (68 octets)
    C: DELE 3               S: +OK message 3 goes when you say QUIT
    C: QUIT                 S: +OK mail.example.com says goodbye, 1 message deleted and 2 left""",
    "AUTH PLAIN, challenged": f"""
                            {GREETING}
    C: AUTH PLAIN           S: +\x20
    C: AGJvYgB0ZWFjaGluZy1ib2I=    S: +OK the mailbox of bob@example.com is yours, with 3 messages (68 octets)
    C: AUTH PLAIN           S: -ERR AUTH is over: you are logged in
    C: QUIT                 S: +OK mail.example.com says goodbye, 0 messages deleted and 3 left""",
    "AUTH PLAIN, at once": f"""
                            {GREETING}
    C: auth plain AGJvYkBleGFtcGxlLmNvbQB0ZWFjaGluZy1ib2I=    S: +OK the mailbox of bob@example.com is yours, with 3 messages (68 octets)
    C: QUIT                 S: +OK mail.example.com says goodbye, 0 messages deleted and 3 left""",
    "AUTH in every wrong way": f"""
                            {GREETING}
    C: AUTH                 S: -ERR AUTH alone is not offered; AUTH PLAIN is
    C: AUTH CRAM-MD5        S: -ERR CRAM-MD5 is not offered; AUTH PLAIN is
    C: AUTH PLAIN =         S: -ERR that is no message of PLAIN: NUL, name, NUL, password, all in BASE64
    C: AUTH PLAIN b*b       S: -ERR that is no BASE64
    C: AUTH PLAIN bäb       S: -ERR that is no BASE64
    C: AUTH PLAIN           S: +\x20
    C: *                    S: -ERR cancelled, as you wish
    C: AUTH PLAIN           S: +\x20
    C: QUIT                 S: -ERR that is no message of PLAIN: NUL, name, NUL, password, all in BASE64
    C: STAT                 S: -ERR USER comes first
    C: AUTH PLAIN           S: +\x20
    C: \x00                 S: -ERR a control character stands in the line
    C: AUTH PLAIN YWxpY2VAZXhhbXBsZS5jb20AYm9iAHRlYWNoaW5nLWJvYg==   S: -ERR [AUTH] name and password open no mailbox here
    C: AUTH PLAIN Ym9iAGJvYgB0ZWFjaGluZy1ib2I=    S: +OK the mailbox of bob@example.com is yours, with 3 messages (68 octets)
    C: QUIT                 S: +OK mail.example.com says goodbye, 0 messages deleted and 3 left""",
    "wrong passwords, up to the limit": f"""
                            {GREETING}
    C: USER bob             S: +OK now the password: PASS ...
    C: PASS teaching-alice  S: -ERR [AUTH] name and password open no mailbox here
    C: PASS teaching-bob    S: -ERR USER comes first
    C: USER nobody          S: +OK now the password: PASS ...
    C: PASS teaching-bob    S: -ERR [AUTH] name and password open no mailbox here
    C: USER bob             S: +OK now the password: PASS ...
    C: PASS                 S: -ERR [AUTH] name and password open no mailbox here, and 3 tries are enough""",
    "before the login": f"""
                            {GREETING}
{CAPABILITIES}
    C: STLS                 S: -ERR there is no TLS on this server
    C: STAT                 S: -ERR USER comes first
    C: LIST                 S: -ERR USER comes first
    C: UIDL                 S: -ERR USER comes first
    C: RETR 1               S: -ERR USER comes first
    C: TOP 1 0              S: -ERR USER comes first
    C: DELE 1               S: -ERR USER comes first
    C: RSET                 S: -ERR USER comes first
    C: NOOP                 S: -ERR USER comes first
    C: PASS teaching-bob    S: -ERR USER comes first
    C: USER                 S: -ERR whose mailbox? USER name
    C: USER bob             S: +OK now the password: PASS ...
    C: STAT                 S: -ERR PASS comes first
    C: STLS                 S: -ERR there is no TLS on this server
    C: AUTH LOGIN           S: -ERR LOGIN is not offered; AUTH PLAIN is
{CAPABILITIES}
    C: USER Bob@Example.COM   S: +OK now the password: PASS ...
    C: QUIT                 S: +OK mail.example.com says goodbye""",
    "goodbye at once": f"""
                            {GREETING}
    C: QUIT                 S: +OK mail.example.com says goodbye""",
    "after the login": f"""{LOGIN}
    C: USER bob             S: -ERR USER is over: you are logged in
    C: PASS teaching-bob    S: -ERR PASS is over: you are logged in
    C: STLS                 S: -ERR STLS is over: you are logged in
{CAPABILITIES}
    C: QUIT                 S: +OK mail.example.com says goodbye, 0 messages deleted and 3 left""",
    "wrong syntax": f"""{LOGIN}
    C:                      S: -ERR that is no command of POP3; there are CAPA STLS USER AUTH QUIT PASS STAT LIST UIDL RETR TOP DELE RSET NOOP
    C: GET / HTTP/1.1       S: -ERR that is no command of POP3; there are CAPA STLS USER AUTH QUIT PASS STAT LIST UIDL RETR TOP DELE RSET NOOP
    C: response             S: -ERR that is no command of POP3; there are CAPA STLS USER AUTH QUIT PASS STAT LIST UIDL RETR TOP DELE RSET NOOP
    C: APOP bob c4c9334bac560ecc979e58001b3e22fb     S: -ERR APOP is not offered here
    C: UTF8                 S: -ERR UTF8 is not offered here
    C: STAT 1               S: -ERR STAT stands alone
    C: NOOP 1               S: -ERR NOOP stands alone
    C: RSET 1               S: -ERR RSET stands alone
    C: CAPA 1               S: -ERR CAPA stands alone
    C: QUIT 1               S: -ERR QUIT stands alone
    C: RETR                 S: -ERR a message has a number, and nothing is none
    C: RETR one             S: -ERR a message has a number, and one is none
    C: RETR ٣               S: -ERR a message has a number, and ٣ is none
    C: RETR -1              S: -ERR a message has a number, and -1 is none
    C: RETR 1 2             S: -ERR a message has a number, and 1 2 is none
    C: RETR 0               S: -ERR there is no message 0; this mailbox holds 3
    C: RETR 4               S: -ERR there is no message 4; this mailbox holds 3
    C: LIST 4294967297      S: -ERR there is no message 4294967297; this mailbox holds 3
    C: DELE 99              S: -ERR there is no message 99; this mailbox holds 3
    C: UIDL x               S: -ERR a message has a number, and x is none
    C: TOP 1                S: -ERR TOP takes two numbers: the message's, and how many lines of its body
    C: TOP 1 -1             S: -ERR TOP takes two numbers: the message's, and how many lines of its body
    C: TOP 1 2 3            S: -ERR TOP takes two numbers: the message's, and how many lines of its body
    C: TOP 9 0              S: -ERR there is no message 9; this mailbox holds 3
    C: QUIT                 S: +OK mail.example.com says goodbye, 0 messages deleted and 3 left""",
}
