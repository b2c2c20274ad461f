# ruff: noqa: E501  a dialogue stands as it is said
"""The dialogues of IMAP: C is what the client sends, S what it hears. To add a test, write the dialogue down.

The mailbox holds one letter, the cake.
"""

HELLO = "S: * OK mail.example.com IMAP4rev1 server ready"
DIALOGUES = {
    "before the login": f"""
        {HELLO}
        C: a CAPABILITY       S: * CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE
                              S: a OK CAPABILITY completed
        C: b NOOP             S: b OK NOOP completed
        C: c ID NIL           S: * ID ("name" "labmail")
                              S: c OK ID completed
        C: d ID ("name" "x" "version" NIL)   S: * ID ("name" "labmail")
                              S: d OK ID completed
        C: e ID               S: e BAD a space should stand at the end of the line
        C: f ID ("name")      S: f BAD a space should stand before ')'
        C: g STARTTLS         S: g NO there is no TLS on this server; go on without, or leave
        C: h NOOP now         S: h BAD the command should end before ' now'
        C: i SELECT INBOX     S: i BAD SELECT comes after LOGIN or AUTHENTICATE
        C: j FETCH 1 FLAGS    S: j BAD FETCH comes after LOGIN or AUTHENTICATE
        C: k LOGIN bob        S: k BAD a space should stand at the end of the line
        C: l LOGIN bob wrong  S: l NO [AUTHENTICATIONFAILED] no mailbox opens to that name and password
        C: m LOGIN bob "a cake"   S: m OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE] LOGIN completed
        C: n LOGIN bob "a cake"   S: n BAD LOGIN is for who has not logged in yet
        C: o STARTTLS         S: o BAD STARTTLS is for who has not logged in yet
        C: p logout           S: * BYE mail.example.com closing connection
                              S: p OK LOGOUT completed""",
    "AUTHENTICATE PLAIN": f"""
        {HELLO}
        C: a AUTHENTICATE GSSAPI      S: a NO GSSAPI is not offered here; PLAIN is
        C: b AUTHENTICATE PLAIN       S: +
        C: *                          S: b BAD AUTHENTICATE was taken back
        C: c AUTHENTICATE PLAIN       S: +
        C: no base64!                 S: c BAD that is not base64
        C: d AUTHENTICATE PLAIN AGJvYg==     S: d BAD PLAIN is: whom to act as, NUL, a user's name, NUL, a password (RFC 4616 section 2)
        C: e AUTHENTICATE PLAIN =     S: e BAD PLAIN is: whom to act as, NUL, a user's name, NUL, a password (RFC 4616 section 2)
        C: f AUTHENTICATE PLAIN YWxpY2UAYm9iAGEgY2FrZQ==  S: f NO [AUTHENTICATIONFAILED] no mailbox opens to that name and password
        C: g AUTHENTICATE PLAIN       S: +
        C: AGJvYgBhIGNha2U=           S: g OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE] AUTHENTICATE completed
        C: h CLOSE                    S: h BAD CLOSE comes after SELECT or EXAMINE
        C: i LOGOUT                   S: * BYE mail.example.com closing connection
                                      S: i OK LOGOUT completed""",
    "three wrong passwords": f"""
        {HELLO}
        C: a LOGIN bob x              S: a NO [AUTHENTICATIONFAILED] no mailbox opens to that name and password
        C: b LOGIN eve "a cake"       S: b NO [AUTHENTICATIONFAILED] no mailbox opens to that name and password
        C: c AUTHENTICATE PLAIN AGJvYgBjYWtl      S: * BYE too many wrong passwords
                                      S: c NO [AUTHENTICATIONFAILED] no mailbox opens to that name and password""",
    "literals": f"""
        {HELLO}
        C: a LOGIN {{3}}                S: + go on
        C: bob {{6+}}
        C: a cake                     S: a OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE] LOGIN completed
        C: b APPEND Sent (\\Seen cake) " 1-Jun-2026 10:00:00 +0200" {{15}}     S: + go on
        C: Subject: hi
        C:
        C:                            S: b OK [APPENDUID 3 1] APPEND completed
        C: c APPEND Sent {{0+}}
        C:                            S: c OK [APPENDUID 3 2] APPEND completed
        C: d APPEND Nowhere {{2+}}
        C: hi                         S: d NO [TRYCREATE] there is no such mailbox
        C: e APPEND Sent "hello"      S: e BAD a time such as " 1-Jun-2026 09:00:00 +0000" should stand before '"hello"'
        C: f APPEND Sent " 1-Jux-2026 10:00:00 +0200" {{2+}}
        C: hi                         S: f BAD there is no such time
        C: g APPEND Sent              S: g BAD a space should stand at the end of the line
        C: h APPEND Sent (\\Recent) {{2+}}
        C: hi                         S: h BAD \\Recent is no flag that a client sets; there are \\Answered \\Flagged \\Deleted \\Seen \\Draft
        C: i APPEND Sent {{99999999}}   S: i NO [TOOBIG] a literal here has 10485760 octets at most, not 99999999
        C: j SELECT {{99999}}           S: j BAD a literal here has 65536 octets at most, not 99999
        C: k EXAMINE Sent             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft cake)
                                      S: * 2 EXISTS
                                      S: * 2 RECENT
                                      S: * OK [UNSEEN 2] the first that is not seen
                                      S: * OK [PERMANENTFLAGS ()] nothing can be changed
                                      S: * OK [UIDVALIDITY 3] UIDs are good
                                      S: * OK [UIDNEXT 3] the next UID
                                      S: k OK [READ-ONLY] EXAMINE completed
        C: l FETCH 1 FULL             S: * 1 FETCH (FLAGS (\\Seen cake \\Recent) INTERNALDATE " 1-Jun-2026 10:00:00 +0200" RFC822.SIZE 15 ENVELOPE (NIL "hi" NIL NIL NIL NIL NIL NIL NIL NIL) BODY ("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 0 0))
                                      S: l OK FETCH completed
        C: m STORE 1 FLAGS ()         S: m NO [READ-ONLY] the mailbox was opened with EXAMINE, for reading alone
        C: n EXPUNGE                  S: n NO [READ-ONLY] the mailbox was opened with EXAMINE, for reading alone
        C: o FETCH 2 BODY[]           S: * 2 FETCH (BODY[] {{0}}
                                      S: )
                                      S: o OK FETCH completed
        C: p CLOSE                    S: p OK CLOSE completed
        C: q APPEND Sent {{99999999+}}  S: * BYE a literal here has 10485760 octets at most, not 99999999""",
    "mailboxes": f"""
        {HELLO}
        C: a LOGIN bob "a cake"       S: a OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE] LOGIN completed
        C: b LIST "" ""               S: * LIST (\\Noselect) "/" ""
                                      S: b OK LIST completed
        C: c LIST "" %                S: * LIST (\\HasNoChildren) "/" "INBOX"
                                      S: * LIST (\\HasNoChildren \\Archive) "/" "Archive"
                                      S: * LIST (\\HasNoChildren \\Drafts) "/" "Drafts"
                                      S: * LIST (\\HasNoChildren \\Junk) "/" "Junk"
                                      S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
                                      S: * LIST (\\HasNoChildren \\Trash) "/" "Trash"
                                      S: c OK LIST completed
        C: d CREATE Cakes/2026/June   S: d OK CREATE completed
        C: e CREATE Cakes             S: e NO [ALREADYEXISTS] there is such a mailbox already
        C: f DELETE Cakes             S: f OK DELETE completed
        C: g LIST Cakes *             S: * LIST (\\Noselect \\HasChildren) "/" "Cakes"
                                      S: * LIST (\\HasChildren) "/" "Cakes/2026"
                                      S: * LIST (\\HasNoChildren) "/" "Cakes/2026/June"
                                      S: g OK LIST completed
        C: h LIST Cakes/ %            S: * LIST (\\HasChildren) "/" "Cakes/2026"
                                      S: h OK LIST completed
        C: i DELETE Cakes             S: i NO that is but a name above others; delete those
        C: j SELECT Cakes             S: j NO [NONEXISTENT] there is no such mailbox
        C: k RENAME Cakes K&APY-rper/B  S: k OK RENAME completed
        C: l LIST "" K*               S: * LIST (\\HasChildren) "/" "K&APY-rper"
                                      S: * LIST (\\Noselect \\HasChildren) "/" "K&APY-rper/B"
                                      S: * LIST (\\HasChildren) "/" "K&APY-rper/B/2026"
                                      S: * LIST (\\HasNoChildren) "/" "K&APY-rper/B/2026/June"
                                      S: l OK LIST completed
        C: m RENAME Trash Sent        S: m NO [ALREADYEXISTS] there is such a mailbox already
        C: n RENAME Nowhere X         S: n NO [NONEXISTENT] there is no such mailbox
        C: o RENAME Sent Sent/x       S: o NO [CANNOT] a mailbox does not move below itself
        C: p DELETE inbox             S: p NO [CANNOT] INBOX cannot be deleted
        C: q DELETE Nowhere           S: q NO [NONEXISTENT] there is no such mailbox
        C: r RENAME inbox Old         S: r OK RENAME completed: the letters of INBOX have moved
        C: s STATUS Old (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)  S: * STATUS "Old" (MESSAGES 1 RECENT 1 UIDNEXT 2 UIDVALIDITY 11 UNSEEN 1)
                                      S: s OK STATUS completed
        C: t STATUS inbox (MESSAGES UIDNEXT)   S: * STATUS "INBOX" (MESSAGES 0 UIDNEXT 2)
                                      S: t OK STATUS completed
        C: u STATUS INBOX (SIZE)      S: u BAD STATUS tells MESSAGES, RECENT, UIDNEXT, UIDVALIDITY, UNSEEN, not SIZE
        C: v STATUS INBOX ()          S: v BAD STATUS tells MESSAGES, RECENT, UIDNEXT, UIDVALIDITY, UNSEEN, not nothing
        C: w NAMESPACE                S: * NAMESPACE (("" "/")) NIL NIL
                                      S: w OK NAMESPACE completed
        C: x SUBSCRIBE Nowhere        S: x NO [NONEXISTENT] there is no such mailbox
        C: y UNSUBSCRIBE Sent         S: y OK UNSUBSCRIBE completed
        C: z SUBSCRIBE K&APY-rper/B/2026    S: z OK SUBSCRIBE completed
        C: A LSUB "" %                S: * LSUB () "/" "INBOX"
                                      S: * LSUB () "/" "Archive"
                                      S: * LSUB () "/" "Drafts"
                                      S: * LSUB () "/" "Junk"
                                      S: * LSUB () "/" "Trash"
                                      S: * LSUB (\\Noselect) "/" "K&APY-rper"
                                      S: A OK LSUB completed
        C: B DELETE Trash             S: B OK DELETE completed
        C: C LSUB "" T*               S: * LSUB (\\Noselect) "/" "Trash"
                                      S: C OK LSUB completed
        C: D LOGOUT                   S: * BYE mail.example.com closing connection
                                      S: D OK LOGOUT completed""",
    "letters": f"""
        {HELLO}
        C: a LOGIN bob "a cake"       S: a OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE] LOGIN completed
        C: b SELECT inbox             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
                                      S: * 1 EXISTS
                                      S: * 1 RECENT
                                      S: * OK [UNSEEN 1] the first that is not seen
                                      S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] these stay
                                      S: * OK [UIDVALIDITY 1] UIDs are good
                                      S: * OK [UIDNEXT 2] the next UID
                                      S: b OK [READ-WRITE] SELECT completed
        C: c FETCH 1 (UID BODY.PEEK[TEXT]<0.5>)    S: * 1 FETCH (UID 1 BODY[TEXT]<0> {{5}}
                                      S: Don't)
                                      S: c OK FETCH completed
        C: d UID FETCH 1:* BODY[HEADER.FIELDS (subject)]  S: * 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] {{25}}
                                      S: Subject: Re: The Cake
                                      S:
                                      S: FLAGS (\\Seen \\Recent))
                                      S: d OK FETCH completed
        C: e FETCH 2 FLAGS            S: e BAD the mailbox has 1 letters, and no number above that
        C: f FETCH 0 FLAGS            S: f BAD numbers count from 1
        C: g FETCH 1 FLOGS            S: g BAD FETCH knows no item FLOGS
        C: h FETCH 1 BODY[MIME]       S: h BAD a section is HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT or TEXT, or MIME of a part, not MIME
        C: i UID FETCH 7 FLAGS        S: i OK FETCH completed
        C: j UID STORE 1 +FLAGS (cake \\flagged)    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft cake)
                                      S: * 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen cake \\Recent))
                                      S: j OK STORE completed
        C: k STORE 1 -FLAGS.SILENT CAKE     S: k OK STORE completed
        C: l FETCH * FLAGS            S: * 1 FETCH (FLAGS (\\Flagged \\Seen \\Recent))
                                      S: l OK FETCH completed
        C: m STORE 1 FLAGZ (x)        S: m BAD FLAGS, +FLAGS or -FLAGS should stand before 'FLAGZ (x)'
        C: n STORE 1 FLAGS (\\Cake)    S: n BAD \\Cake is no flag that a client sets; there are \\Answered \\Flagged \\Deleted \\Seen \\Draft
        C: o SEARCH CHARSET KOI8-R ALL      S: o NO [BADCHARSET (US-ASCII UTF-8)] these are the charsets that SEARCH takes
        C: p UID SEARCH FLAGGED SUBJECT cake     S: * SEARCH 1
                                      S: p OK SEARCH completed
        C: q SEARCH UNSEEN            S: * SEARCH
                                      S: q OK SEARCH completed
        C: r COPY 1 Sent              S: r OK [COPYUID 3 1 1] COPY completed
        C: s COPY 1 Nowhere           S: s NO [TRYCREATE] there is no such mailbox
        C: t STORE 1 FLAGS (\\Deleted)  S: * 1 FETCH (FLAGS (\\Deleted \\Recent))
                                      S: t OK STORE completed
        C: u UID EXPUNGE 2:9          S: u OK UID EXPUNGE completed
        C: v CHECK                    S: v OK CHECK completed
        C: w EXPUNGE                  S: * 1 EXPUNGE
                                      S: w OK EXPUNGE completed
        C: x FETCH 1:* FLAGS          S: x OK FETCH completed
        C: y UNSELECT                 S: y OK UNSELECT completed
        C: z SELECT Sent              S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
                                      S: * 1 EXISTS
                                      S: * 1 RECENT
                                      S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] these stay
                                      S: * OK [UIDVALIDITY 3] UIDs are good
                                      S: * OK [UIDNEXT 2] the next UID
                                      S: z OK [READ-WRITE] SELECT completed
        C: A MOVE 1 Trash             S: * OK [COPYUID 5 1 1] they are there; now they leave here
                                      S: * 1 EXPUNGE
                                      S: A OK MOVE completed
        C: B IDLE                     S: + idling
        C: done                       S: B OK IDLE completed
        C: C IDLE                     S: + idling
        C: D NOOP                     S: C BAD DONE ends IDLE, and nothing else
        C: E SELECT Nowhere           S: E NO [NONEXISTENT] there is no such mailbox
        C: F CHECK                    S: F BAD CHECK comes after SELECT or EXAMINE
        C: G LOGOUT                   S: * BYE mail.example.com closing connection
                                      S: G OK LOGOUT completed""",
}
