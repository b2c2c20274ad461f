"""The benchmarks still run. What they measure is for the eye: no test asserts a time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = {
    "start": ["import labmail", "Lab() until all its services listen: the first", "reset(), with 20 letters"],
    "letters": ["letters taken in, in one session: labmail", "the same by bare aiosmtpd", "ratio, pair by pair"],
    "signing": ["letters signed, DKIM: labmail", "letters verified, DKIM: ratio to dkimpy"],
}


@pytest.mark.parametrize("part", ROWS)
def test_a_part_gives_its_rows(root: Path, part: str) -> None:
    command = [sys.executable, "benchmarks/run.py", part, "--pairs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=120)
    assert (done.stderr, done.returncode) == ("", 0)
    for row in ROWS[part]:
        assert re.search(rf"^{re.escape(row)} +\d+(\.\d+)?( ms| /s|) +[\d.]+ to [\d.]+", done.stdout, re.MULTILINE)


COMMANDS = ["SELECT INBOX", "FETCH 1:* (FLAGS ENVELOPE)", "SEARCH UNSEEN", "COPY 1:* Copies", "EXPUNGE", "PASS", "UIDL"]
MEMORY = ["memory of a letter, with what sqlite needs", "memory of an IMAP session that has the mailbox selected"]
BESIDE = "Dovecot is not here, so the lab stands alone: apt install dovecot-imapd dovecot-pop3d"


def test_a_mailbox_beside_dovecot_or_alone(root: Path) -> None:
    command = [sys.executable, "benchmarks/run.py", "mailbox", "memory", "--pairs", "1", "--letters", "100"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=120)
    assert (done.stderr, done.returncode) == ("", 0)
    for row in MEMORY:
        assert re.search(rf"^{re.escape(row)} +[\d.]+ KiB +[\d.]+ to [\d.]+", done.stdout, re.MULTILINE)
    beside = r"- +- +-" if BESIDE in done.stdout else r"[\d.]+ ms +[\d.]+ +[\d.]+ to [\d.]+"
    for said in COMMANDS:
        assert re.search(rf"^{re.escape(said)} +[\d.]+ ms +{beside} +[\d.]+ ms +[\d.]+ ms$", done.stdout, re.MULTILINE)


def test_a_part_that_is_none(root: Path) -> None:
    command = [sys.executable, "benchmarks/run.py", "stat"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=120)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_page_shows_all_rows(root: Path) -> None:
    page = (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert "python tasks.py bench" in page
    rows = [row for rows in (*ROWS.values(), COMMANDS, MEMORY) for row in rows]
    assert not [row for row in rows if f"\n{row}" not in page]
