"""A lab in a real kernel: interrupted, its set-up cell run twice, restarted. Nothing hangs, and nothing is left."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

pytestmark = pytest.mark.notebooks

ANSWER_MAX_S = 60
SET_UP = "from labmail import Lab, cake\nlab = Lab()"
LEFT = """
import gc, os, threading
gc.collect()
print(threading.active_count(), len(os.listdir("/dev/fd")))
"""


class Kernel:
    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.connect()

    def connect(self) -> None:
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=ANSWER_MAX_S)

    def start(self, code: str) -> None:
        self.client.execute(code)

    def finish(self) -> tuple[str, str]:
        """What the running cell printed, and the name and text of the error that ended it."""
        said, error = "", ""
        while True:
            message = self.client.get_iopub_msg(timeout=ANSWER_MAX_S)
            content = message["content"]
            if message["msg_type"] == "stream":
                said += content["text"]
            elif message["msg_type"] == "error":
                error = f"{content['ename']}: {content['evalue']}"
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return said.strip(), error

    def run(self, code: str) -> str:
        self.start(code)
        said, error = self.finish()
        assert not error, error
        return said


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    kernel = Kernel(manager)
    try:
        yield kernel
    finally:
        kernel.client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def left(kernel: Kernel) -> list[int]:
    """Threads and descriptors, once they no longer change."""
    found: list[int] = []
    while (again := [int(number) for number in kernel.run(LEFT).split()]) != found:
        found = again
        time.sleep(0.1)
    return found


def no_more_than(before: list[int], kernel: Kernel) -> bool:
    """Whether it comes to that; ipykernel itself looks every ten seconds which threads that wrote to it are gone."""
    until = time.monotonic() + 30
    while any(now > then for now, then in zip(left(kernel), before, strict=True)):
        if time.monotonic() > until:
            return False
        time.sleep(0.5)
    return True


def test_an_interrupt_during_a_held_reply_comes_through_within_a_second(kernel: Kernel) -> None:
    kernel.run(SET_UP)
    kernel.run('lab.wire("mail.example.net", "mx1.example.com").hold()')
    kernel.start('print("asked", flush=True); lab.step("mail.example.net", "mx1.example.com").reply()')
    while kernel.client.get_iopub_msg(timeout=ANSWER_MAX_S)["msg_type"] != "stream":
        pass
    time.sleep(0.3)  # it stands in the wait now
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    _, error = kernel.finish()
    assert error.startswith("KeyboardInterrupt")
    assert time.monotonic() - began < 1
    said = kernel.run('lab.reset(); print(lab.send(cake, "bob@example.com").delivered)')
    assert said == "('bob@example.com',)"


def test_an_interrupt_amid_smtplib_leaves_the_lab_well(kernel: Kernel) -> None:
    kernel.run(SET_UP + '\nlab.wire("vps.example", "mx1.example.com").hold()\nimport smtplib')
    kernel.start('print("asked", flush=True)\nwith lab.at("vps.example"): smtplib.SMTP("mx1.example.com", 25)')
    while kernel.client.get_iopub_msg(timeout=ANSWER_MAX_S)["msg_type"] != "stream":
        pass
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    assert kernel.finish()[1].startswith("KeyboardInterrupt")
    assert kernel.run('print(lab.send(cake, "bob@example.com").delivered)') == "('bob@example.com',)"


def test_the_set_up_cell_run_twenty_times_leaves_one_lab(kernel: Kernel) -> None:
    kernel.run(SET_UP)
    once = left(kernel)
    for _ in range(20):
        kernel.run(SET_UP)
    assert no_more_than(once, kernel)


WIDGETS = """
from labmail.widgets import DnsExplorer, Journey, Stepper, Timeline
shown = [Journey(lab), DnsExplorer(lab), Stepper(lab), Timeline(lab.record)]
shown[0].deliver()
lab.host("mx1.example.com"), lab.wire("vps.example", "mx1.example.com"), lab.clock, lab.resolver
"""


def test_widgets_keep_no_lab_running(kernel: Kernel) -> None:
    kernel.run(SET_UP + WIDGETS)
    once = left(kernel)
    for _ in range(5):
        kernel.run(SET_UP + WIDGETS)
    assert no_more_than(once, kernel)
    kernel.run("old, (lab) = shown, Lab()")
    left(kernel)
    kernel.start("old[0].deliver()")
    assert kernel.finish()[1].startswith("LabError: This is of a lab that has stopped.")


def test_a_restart_starts_afresh(kernel: Kernel) -> None:
    kernel.run(SET_UP + '\nlab.send(cake, "bob@example.com")')
    began = time.monotonic()
    kernel.manager.restart_kernel(now=False)
    kernel.client.stop_channels()
    kernel.connect()
    assert time.monotonic() - began < 30
    assert kernel.run(SET_UP + '\nprint(lab.mailbox("bob@example.com"), len(lab.record))') == "[] 0"


def test_a_learners_mistake_shows_one_sentence_last(kernel: Kernel) -> None:
    kernel.run(SET_UP)
    kernel.start('lab.host("mx3.example.com")')
    _, error = kernel.finish()
    assert re.fullmatch(r"UnknownHost: mx3\.example\.com is no host of this lab; it has .*", error)
