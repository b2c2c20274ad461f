"""IMAP, by which mail is read and managed where it lies. RFC 3501.

words.py      what the two sides say: commands, responses, strings, and the table of what may be said when
intake.py     from octets to whole commands, literals included, within limits
grammar.py    from a command to its arguments
names.py      names of mailboxes: modified UTF-7, rules, patterns
session.py    one client's session: its state, and how each command is obeyed
entering.py   the commands of who is not known yet
folders.py    the commands on mailboxes
letters.py    the commands on the letters of the selected mailbox
view.py       what a session knows of the selected mailbox, and what it still has to tell
fetch.py      data of a letter
envelope.py   ENVELOPE; addresses
structure.py  BODY and BODYSTRUCTURE
search.py     SEARCH
"""

from labmail.imap.session import Session

__all__ = ["Session"]
