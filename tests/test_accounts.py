"""Accounts: which name and password open which mailbox, fresh passwords, and PLAIN taken apart."""

from __future__ import annotations

import pytest

from labmail.accounts import Account, Accounts, fresh_passwords, read_plain

PASSWORDS = {"info@example.org": "one", "info@club.example": "two", "Chair@Club.example": "three"}


@pytest.mark.parametrize(
    ("user", "password", "opens"),
    [
        ("info@example.org", "one", "info@example.org"),
        ("INFO@Club.Example", "two", "info@club.example"),
        ("chair", "three", "chair@club.example"),
        ("info", "one", None),  # whose?
        ("info@example.org", "two", None),
        ("info@example.org", "", None),
        ("chair", "Three", None),
        ("nobody", "", None),
        ("", "", None),
        ("chair", "thrée\ufffd\udcff", None),
    ],
)
def test_who_may_open_what(user, password, opens):
    assert Accounts(PASSWORDS).check(user, password) == opens


def test_a_list_names_the_shortest_user():
    assert list(Accounts(PASSWORDS)) == [
        Account(address="info@example.org", user="info@example.org", password="one"),
        Account(address="info@club.example", user="info@club.example", password="two"),
        Account(address="chair@club.example", user="chair", password="three"),
    ]
    assert all(Accounts(PASSWORDS).check(each.user, each.password) == each.address for each in Accounts(PASSWORDS))


def test_fresh_passwords_are_never_the_same():
    made = [fresh_passwords(PASSWORDS) for _ in range(100)]
    assert all(each.keys() == PASSWORDS.keys() for each in made)
    assert len({password for each in made for password in each.values()}) == 300
    assert all(password.isalnum() and len(password) >= 16 for each in made for password in each.values())


@pytest.mark.parametrize(
    ("octets", "parts"),
    [
        (b"\0bob\0cake", ("", "bob", "cake")),
        (b"a@b\0bob\0ca ke\xc3\xa9", ("a@b", "bob", "ca ke\u00e9")),
        (b"", None),
        (b"bob\0cake", None),
        (b"\0bob\0", None),
        (b"\0\0cake", None),
        (b"\0bob\0ca\0ke", None),
        (b"\0bob\0\xff", None),
        (b"\0" + b"b" * 255 + b"\0cake", ("", "b" * 255, "cake")),
        (b"\0" + b"b" * 256 + b"\0cake", None),
    ],
)
def test_plain(octets, parts):
    assert read_plain(octets) == parts
