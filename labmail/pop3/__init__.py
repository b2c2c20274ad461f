"""POP3, by which one program at a time takes the mail out of a mailbox. RFC 1939.

The words and the table of what may be said when stand in `words`, a server's side in `session`, and what one login sees
of a mailbox in `maildrop`.
"""
