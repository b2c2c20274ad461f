"""Who believes what is in a mailbox: the server's truth, and beside it each client's idea of it, from the events alone.

truth.py     what lies in the mailbox, as deliveries and answers tell it
column.py    what one client believes, and when it will hear of news
board.py     all of them, event by event: what changed, in steps
ear.py       whoever listens to one wire: pop3.py, imap.py with lines.py, http.py
words.py     the sentences, the text and the table
"""

from labmail.views.mailboxes.board import Board
from labmail.views.mailboxes.truth import Mail
from labmail.views.mailboxes.words import hint, news, plain, table, text

__all__ = ["Board", "Mail", "hint", "news", "plain", "table", "text"]
