"""Quiet, lab time, background work, and the end."""

import gc
import socket
import subprocess
import sys
import threading
import time

import pytest

from labmail.errors import LabError, LabStopped
from labmail.net import Net, at
from tests.net.echo import CLIENT, SERVER, internet


def story(net):
    """Three letters: each has a check with a wait in a thread, an onward delivery, and a retry half an hour later."""

    async def retry():
        await net.wait(1, "the retry")

    for _ in range(3):
        with at(net, CLIENT), socket.create_connection((SERVER, 9)) as sock:
            sock.sendall(b"letter\r\n")
            sock.recv(100)
        net.settle()
        net.call(net.later, 1800, retry, "a retry")
    net.run(net.wait(3600))
    return [(event.number, event.kind, event.by, event.octets, event.at) for event in net.record]


def test_the_order_of_events_repeats():
    stories = []
    for _ in range(5):
        net = internet()
        from labmail.net import seat

        seat.enter(net)
        stories.append(story(net))
        seat.leave(net)
        net.stop()
    assert len(stories[0]) > 30
    assert all(other == stories[0] for other in stories)


def test_an_hour_of_lab_time_is_over_at_once(net):
    began = time.monotonic()
    net.run(net.wait(3600))
    assert time.monotonic() - began < 5  # a limit against hanging, on a machine that does other things too
    assert net.agenda.now.isoformat() == "2026-06-01T10:00:00+00:00"


def test_what_falls_due_meanwhile_runs_in_order(net):
    order = []

    def job(name):
        async def run():
            order.append((name, net.agenda.now.minute))

        return run

    net.call(net.later, 600, job("second"), "second")
    net.call(net.later, 300, job("first"), "first")
    net.call(net.later, 7200, job("not yet"), "not yet")
    net.run(net.wait(3600))
    assert order == [("first", 5), ("second", 10)]


def test_the_clock_does_not_jump_for_what_nobody_waits_for(net):
    net.call(net.later, 600, lambda: None, "a retry")
    net.settle()
    assert net.agenda.now.minute == 0


def test_blocking_work_may_ask_the_loop(net):
    async def check():
        return await net.in_thread(lambda: net.run(net.wait(10)) or "done")

    assert net.run(check()) == "done"


def test_many_checks_at_once_do_not_run_dry(net):
    async def checks():
        import asyncio

        return await asyncio.gather(*(net.in_thread(lambda: net.run(net.wait(1)) or 1) for _ in range(40)))

    assert sum(net.run(checks())) == 40


def test_a_check_s_exception_comes_through(net):
    def check():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        net.run(net.in_thread(check))


def test_on_the_loop_it_refuses_with_a_sentence(net):
    async def lookup():
        return net.run(net.wait(1))

    with pytest.raises(LabError, match="would wait for itself"):
        net.run(lookup())


def test_a_job_that_fails_is_heard(net, caplog):
    async def job():
        raise ValueError("ours")

    net.call(net.soon, job, "a delivery")
    net.settle()
    assert net.record[1].kind == "fault"
    assert net.record[1].value == "a delivery: ValueError: ours"
    assert "the job «a delivery» failed" in caplog.text


def test_who_waits_for_what_is_said(net):
    entered = threading.Event()

    def hold():
        entered.set()
        time.sleep(0.3)

    thread = threading.Thread(target=lambda: net.run(net.in_thread(hold, "a check")))
    thread.start()
    entered.wait(5)
    assert net.call(net.why) == "a check is at work in a thread."
    assert net.settle(0.05) is False
    thread.join()
    assert net.call(net.why) == "Nothing waits."


def test_stop_answers_all_who_wait(nothing_left):
    net = internet()
    faults = []

    def wait():
        try:
            net.run(net.in_thread(lambda: net.run(net.loop.create_future()), "for ever"))
        except LabStopped as fault:
            faults.append(fault)

    async def never():
        await net.loop.create_future()

    def wait_for_ever():
        try:
            net.run(never())
        except LabStopped as fault:
            faults.append(fault)

    threads = [threading.Thread(target=wait_for_ever) for _ in range(5)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    net.stop()
    net.stop()
    for thread in threads:
        thread.join(5)
    assert len(faults) == 5
    with pytest.raises(LabStopped, match=r"make a new one with Lab\(\)"):
        net.settle()


def test_stop_amid_open_sessions_leaves_nothing(nothing_left):
    from labmail.net import Wires, seat

    net = internet()
    seat.enter(net)
    with at(net, CLIENT):
        clients = [socket.create_connection((SERVER, 7)) for _ in range(4)]
    stranger = socket.create_connection(net._door(("198.51.100.1", 7, "tcp")))
    Wires(net, CLIENT, SERVER).hold()
    clients[0].sendall(b"held\r\n")
    net.stop()
    seat.leave(net)
    for sock in [*clients, stranger]:
        sock.close()


def test_a_hundred_nets_leave_nothing(nothing_left):
    for _ in range(100):
        internet().stop()
    gc.collect()


def test_an_interrupt_ends_the_waiting_and_leaves_the_net_well(net, interrupt_soon):
    async def never():
        await net.loop.create_future()

    interrupt_soon()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        net.run(never())
    assert time.monotonic() - began < 5  # a limit against hanging, on a machine that does other things too
    net.run(net.wait(1))


def test_a_script_that_forgets_to_stop_ends_in_silence():
    script = "from tests.net.echo import internet; net = internet(); print('ready')"
    ended = subprocess.run([sys.executable, "-X", "dev", "-c", script], capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "ready", "")


def test_reset_goes_back_to_the_first_minute(net):
    first = story(net)
    old = net.record
    net.run(net.reset())
    assert old.over == "reset" and len(old) == len(first)  # still readable
    assert story(net) == first


def test_resets_while_clients_talk(net, nothing_left):
    stop = threading.Event()

    def chatter():
        while not stop.is_set():
            try:
                with at(net, CLIENT), socket.create_connection((SERVER, 7), timeout=5) as sock:
                    sock.sendall(b"cake\r\n")
                    sock.recv(100)
            except (OSError, LabError):
                continue

    threads = [threading.Thread(target=chatter) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        net.run(net.reset())
    stop.set()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    with at(net, CLIENT), socket.create_connection((SERVER, 7)) as sock:
        assert sock.recv(100) == b"+ hello\r\n"


def test_nets_are_apart():
    one, two = internet(), internet()
    one.run(one.wait(60))
    assert (one.agenda.now.minute, two.agenda.now.minute) == (1, 0)
    one.stop()
    two.run(two.wait(60))
    two.stop()
    assert isinstance(one, Net)
