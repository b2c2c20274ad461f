"""Cells in which Bob reads his mail, for the pictures of the widgets that show it."""

from __future__ import annotations

__all__ = ["BOXES", "DESKS", "IMAP", "POP3", "READ"]

DESKS = """import imaplib, poplib
lab = Lab("03-reading-mail")
HOST, BOB = "mail.example.com", "bob@example.com"
def letter(subject, who="Alice"):
    lab.send(cake.replace("Re: The Cake", subject).replace("From: Alice", f"From: {who}"), BOB)
def imap(host):
    with lab.at(host):
        client = imaplib.IMAP4(HOST)
    client.login(BOB, "teaching-bob")
    client.select()
    client.fetch("1:*", "(FLAGS)")
    return client
def connect():
    with lab.at("laptop.example.com"):
        desk = poplib.POP3(HOST)
    said = [desk.user(BOB), desk.pass_("teaching-bob")]
    for line in desk.uidl()[1]:
        desk.retr(int(line.split()[0]))
    return desk
for subject, who in (("Re: The Cake", "Alice"), ("Oven", "Carol"), ("Candles", "Alice")):
    letter(subject, who)
phone, tablet = imap("phone.example.com"), imap("laptop.example.com")
tab = lab.browse(at="phone.example.com")
said = tab.open("http://mail.example.com/"), tab.fill({"user": BOB, "password": "teaching-bob"}), tab.press("Log in")
phone.send(b"X1 IDLE\\r\\n")
desk, line = connect(), phone.readline()
said = tablet.store("2", "+FLAGS", r"(\\Seen)"), desk.dele(1), desk.quit()
letter("Plates", "Carol")
buttons = {"phone.example.com http": tab.reload, "laptop.example.com imap": tablet.noop}
buttons["laptop.example.com pop3"] = lambda: connect().quit()"""
POP3 = (
    "import poplib\nlab.send(cake, 'bob@example.com')\nwith lab.at('phone.example.com'):\n"
    "    pop = poplib.POP3('mail.example.com')\nsaid = [pop.user('bob'), pop.pass_('teaching-bob'), pop.stat(),"
    " pop.uidl(), pop.retr(1), pop.dele(1), pop.quit()]"
)
IMAP = (
    "import imaplib, re\nlab.send(cake, 'bob@example.com')\nwith lab.at('phone.example.com'):\n"
    "    imap = imaplib.IMAP4('mail.example.com')\n"
    "imap.tagpre, imap.tagre = b'A', re.compile(rb'(?P<tag>A\\d+) (?P<type>[A-Z]+) (?P<data>.*)')\n"
    "said = [imap.login('bob', 'teaching-bob'), imap.select(),"
    " imap.fetch('1', '(FLAGS BODY[HEADER.FIELDS (SUBJECT)])'), imap.select('Cellar'), imap.logout()]"
)
READ = "lab.conversation('phone.example.com', 'mail.example.com')"
BOXES = "widgets.Mailboxes(lab, BOB, bring=buttons)"
