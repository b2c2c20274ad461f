"""A webmail: pages by HTTP in front, IMAP and SMTP behind, as everywhere on the Web. RFC 9110, RFC 3501, RFC 5321.

app.py        the routes, and what every answer has in common
desk.py       what one host's webmail knows: where its servers are, who is logged in
sessions.py   who is logged in: cookies, tokens against forgery, the end of an idle session
forms.py      what a browser sends back
sieve.py       what the browser says to Jupyter, and the lab does not hear
mailroom.py   one person's mailboxes, through one IMAP connection
words.py      the words of a letter's header, fit to be shown
letters.py    a letter as a page shows it
clean.py      HTML of strangers, made harmless
compose.py    from a form to a letter; answering one
reading.py    the pages
acting.py     what a click on a button does
"""
