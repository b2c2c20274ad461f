"""`lab.webmail()`: the webmail for the learner's own browser, where Jupyter's server finds it."""

import json
import re
import socket
import tomllib

import pytest

from labmail import Lab, LabError
from labmail.lab import proxy


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    for name in ("JUPYTERHUB_SERVICE_PREFIX", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def get(path, target="/"):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        sock.connect(str(path))
        sock.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        octets = b""
        while piece := sock.recv(65_536):
            octets += piece
        return octets.decode()


def test_it_is_served_where_the_server_looks(runtime):
    with Lab() as lab:
        page = lab.webmail()
        path = proxy.server()["unix_socket"]
        assert path == str(runtime / "labmail" / "webmail.sock")
        assert "\r\nLocation: login\r\n" in get(path)
        assert "<title>Log in" in get(path, "/login")
        assert lab.record.filter(kind="connect")[-1].by == "phone.example.com"
        assert repr(page) == "The webmail of mail.example.com, in your own browser: you sit at phone.example.com."
        assert '<a href="/labmail-webmail/" target="_blank" rel="noopener">' in page._repr_html_()
    assert not (runtime / "labmail" / "webmail.sock").exists()


def test_the_link_knows_the_server_s_prefix(runtime, monkeypatch):
    monkeypatch.setenv("JPY_PARENT_PID", "17")
    (runtime / "jpserver-17.json").write_text(json.dumps({"base_url": "/teach/"}))
    assert proxy.base_url() == "/teach/"
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/o'x<b>/")
    assert 'href="/user/o&#x27;x&lt;b&gt;/labmail-webmail/"' in proxy.Page(host="h", at="a")._repr_html_()


def test_a_long_folder_has_a_short_socket(runtime, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime / ("x" * 90)))
    path = proxy.socket_path()
    assert path == proxy.socket_path()
    assert re.fullmatch(r"labmail-[0-9a-f]{12}", path.parent.name) and len(str(path)) < 92


def test_what_has_no_page(runtime):
    with Lab() as lab:
        with pytest.raises(LabError, match=r"mx1\.example\.com has no webmail: it offers smtp"):
            lab.webmail("mx1.example.com")
        with pytest.raises(LabError, match="no host of this lab"):
            lab.webmail(at="nowhere.example")


def test_the_entry_point_is_this(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["jupyter_serverproxy_servers"] == {proxy.NAME: "labmail.lab.proxy:server"}
