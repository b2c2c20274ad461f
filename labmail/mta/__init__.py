"""A mail transfer agent (RFC 5321 section 2.3.3): what one host does with letters, from its checks to the last try.

receiving.py   is it taken, and into which folder: SPF, DKIM and DMARC of what comes in
post.py        into a mailbox, onward, through a list, or back to its sender
errand.py      a letter on its way, and those that wait in the store for the next try
outgoing.py    the signature on what goes out
honouring.py   MTA-STS of those it sends to
reporting.py   the reports of DMARC that it owes
"""
