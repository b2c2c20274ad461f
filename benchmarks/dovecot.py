"""Dovecot as an ordinary process of ours: its own settings, mailbox, log and ports, all in one folder, on loopback.

The system's Dovecot, if one runs, is not touched. Run by root, it serves mail as the user `nobody`, since it serves
none as root.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from correspondence import Entry

__all__ = ["Dovecot", "missing"]

START_MAX_S = 20
PASSWORD = "a-cake"
LETTER_OF = {"\\Draft": "D", "\\Flagged": "F", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}

SETTINGS = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail
mail_fsync = never
mail_max_userip_connections = 100
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
"""


def missing() -> str | None:
    """A sentence, where Dovecot cannot be compared with."""
    if os.name != "posix" or not _program():
        return "Dovecot is not here, so the lab stands alone: apt install dovecot-imapd dovecot-pop3d"
    return None


def _program() -> str | None:
    return shutil.which("dovecot", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


class Dovecot:
    """Bob's mailbox behind Dovecot. `imap` and `pop3` are its ports."""

    user, password = "bob", PASSWORD

    def __init__(self, letters: Iterable[Entry]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self._runs_as = pwd.getpwnam("nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)
        self._fill(letters)
        self.imap, self.pop3 = _free_ports(2)
        settings = self._folder / "dovecot.conf"
        settings.write_text(self._settings())
        program = _program()
        assert program is not None
        self._process = subprocess.Popen(
            [program, "-F", "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._await()

    def _settings(self) -> str:
        who = self._runs_as
        return SETTINGS.format(
            folder=self._folder, user=who.pw_name, group=grp.getgrgid(who.pw_gid).gr_name, uid=who.pw_uid,
            gid=who.pw_gid, password=PASSWORD, imap=self.imap, pop3=self.pop3,
        )  # fmt: skip

    def _fill(self, letters: Iterable[Entry]) -> None:
        """A Maildir: a file for each letter, its flags in its name, its time that of the file."""
        mail = self._folder / "mail"
        for place in ("cur", "new", "tmp"):
            (mail / place).mkdir(parents=True)
        for number, letter in enumerate(letters, 1):
            flags = "".join(sorted(LETTER_OF[flag] for flag in letter.flags))
            size = len(letter.octets)
            file = mail / "cur" / f"{letter.at:%s}.{number:06}.lab,S={size},W={size}:2,{flags}"
            file.write_bytes(letter.octets)
            os.utime(file, (letter.at.timestamp(), letter.at.timestamp()))
        if os.getuid() == 0:
            for path in (self._folder, *self._folder.rglob("*")):
                os.chown(path, self._runs_as.pw_uid, self._runs_as.pw_gid)

    def _await(self) -> None:
        until = time.monotonic() + START_MAX_S
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.imap), timeout=1).close()
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        log = self._folder / "log"
        said = log.read_text(errors="replace")[-2000:] if log.exists() else "nothing"
        self.stop()
        raise RuntimeError(f"Dovecot does not listen on port {self.imap}; its log says: {said}")

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(START_MAX_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
