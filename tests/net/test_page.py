"""A service on a Unix socket: for one user, taken by whoever opened it last."""

import socket
import stat

import pytest

from labmail.errors import LabError
from tests.net.echo import CLIENT, HOSTS, SERVER, internet

ECHO = HOSTS[SERVER], 7


def as_it_is():
    return lambda octets: octets


def said(path, line=b"hi\n"):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        sock.connect(str(path))
        sock.sendall(line)
        octets = b""
        while octets.count(b"\n") < 2:
            octets += sock.recv(100)
        return octets


def test_who_comes_there_sits_at_a_host(net, tmp_path):
    path = tmp_path / "labmail" / "x.sock"
    net.run(net.open_page(*ECHO, CLIENT, path, as_it_is))
    assert said(path) == b"+ hello\r\n+ hi\n"
    wire = net.record.filter(kind="connect")[-1].wire
    assert (wire.client, wire.client_address, wire.server) == (CLIENT, HOSTS[CLIENT], SERVER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_the_last_one_has_it(net, tmp_path):
    path, other = tmp_path / "x.sock", internet()
    net.run(net.open_page(*ECHO, CLIENT, path, as_it_is))
    other.run(other.open_page(*ECHO, CLIENT, path, as_it_is))
    said(path)
    assert (len(net.record.filter(kind="connect")), len(other.record.filter(kind="connect"))) == (0, 1)
    net.run(net.open_page(*ECHO, CLIENT, path, as_it_is))
    other.stop()
    said(path)
    assert len(net.record.filter(kind="connect")) == 1
    net.run(net.open_page(*ECHO, CLIENT, path, as_it_is))
    said(path)
    net.stop()
    assert not list(tmp_path.iterdir())


def test_a_socket_that_nobody_listens_on_any_more_gives_way(net, tmp_path):
    path = tmp_path / "x.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    net.run(net.open_page(*ECHO, CLIENT, path, as_it_is))
    assert said(path)


def test_a_server_that_is_down(net, tmp_path):
    path = tmp_path / "x.sock"
    net.run(net.open_page(*ECHO, CLIENT, path, as_it_is))
    net.run(net.unlisten(SERVER))
    with pytest.raises((ConnectionResetError, BrokenPipeError, IndexError)), socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(path))
        sock.sendall(b"x")
        sock.recv(1)
        raise ConnectionResetError


def test_a_folder_of_others_is_not_used(net, tmp_path):
    real = tmp_path / "real"
    real.mkdir(mode=0o755)
    link = tmp_path / "link"
    link.symlink_to(real)
    with pytest.raises(LabError, match="not a folder of yours"):
        net.run(net.open_page(*ECHO, CLIENT, link / "x.sock", as_it_is))
    net.run(net.open_page(*ECHO, CLIENT, real / "x.sock", as_it_is))
    assert stat.S_IMODE(real.stat().st_mode) == 0o700
    with pytest.raises(LabError, match="too long"):
        net.run(net.open_page(*ECHO, CLIENT, tmp_path / ("x" * 90), as_it_is))


def test_only_what_the_sieve_leaves_is_heard(net, tmp_path):
    path = tmp_path / "x.sock"
    net.run(net.open_page(*ECHO, CLIENT, path, lambda: lambda octets: octets.replace(b"secret ", b"")))
    assert said(path, b"a secret line\n") == b"+ hello\r\n+ a line\n"
    assert [event.octets for event in net.record.filter(kind="heard")] == [b"a line\n"]
