"""What every widget promises: keys stay inside, faults are shown, a kernel that has gone is noticed, themes follow."""

import pytest

SETUP = "from labmail.widgets.conversation import Conversation\nfrom tests.widgets.small import small_conversation"
SHOW = "Conversation(small_conversation())"


def test_keys_of_the_notebook_do_not_fire_inside(house):
    with house.notebook(SETUP, SHOW, "1 + 1") as book:
        widget, page = book.widget(1), house.page
        widget.get_by_role("option").nth(2).click()
        for key in ("a", "b", "x", "z", "m", "y", "r", "c", "v", "d", "d", "j", "k", "Shift+Enter", "Enter", "Escape"):
            page.keyboard.press(key)
        types = page.evaluate("() => [...jupyterapp.shell.currentWidget.content.model.cells].map((cell) => cell.type)")
        assert types == ["code"] * 3
        assert page.evaluate("() => jupyterapp.shell.currentWidget.content.mode") == "command"
        assert page.evaluate("() => document.activeElement.closest('.lm') !== null")


def test_save_still_is_the_notebooks(house):
    with house.notebook(SETUP, SHOW) as book:
        book.widget(1).get_by_role("option").first.click()
        house.page.keyboard.press("Control+s")
        house.page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")


def test_one_style_sheet_for_all_widgets(house):
    with house.notebook(SETUP, SHOW, "from tests.lessons.sample import *\npredict('first-verdict')") as book:
        book.widget(1), book.widget(2)
        sheets = "() => [...document.styleSheets].filter((s) => s.ownerNode.textContent.includes('--lm-paper')).length"
        assert house.page.evaluate(sheets) == 1


def test_a_fault_is_shown_in_the_widget_and_the_next_act_takes_it_away(house):
    act = (
        "from labmail.errors import LabError\nfrom labmail.widgets.ask import Predict\n"
        "from labmail.lessons.book import Commitment\nfrom tests.lessons.sample import BOOK\n"
        "class Broken(Predict):\n    def commit(self, key):\n"
        "        if key == 'a': raise LabError('the wire was cut')\n        return super().commit(key)\n"
        "q = BOOK.question('first-verdict')\nw = Broken(q, Commitment())\nw._acts['commit'] = w.commit\nw"
    )
    with house.notebook(act) as book:
        widget = book.widget(0)
        fault = widget.get_by_role("alert")
        widget.get_by_role("radio").nth(0).check()
        widget.get_by_role("button", name="Commit").click()
        fault.get_by_text("the wire was cut.", exact=True).wait_for()
        widget.get_by_role("radio").nth(1).check()
        widget.get_by_role("button", name="Commit").click()
        widget.get_by_text("Committed: b.").wait_for()
        assert fault.text_content() == ""


def test_while_a_cell_runs_an_act_waits_and_says_so(house):
    cells = ["from tests.lessons.sample import *", "predict('first-verdict')", "import time\ntime.sleep(2.5)"]
    with house.notebook(*cells) as book:
        widget = book.widget(1)
        widget.get_by_role("radio").nth(1).check()
        house.page.evaluate(
            "() => { const w = jupyterapp.shell.currentWidget; w.content.activeCellIndex = 2;"
            " jupyterapp.commands.execute('notebook:run-cell'); }"
        )
        house.page.wait_for_timeout(300)
        widget.get_by_role("button", name="Commit").click()
        widget.get_by_text("Committed: b.").wait_for(timeout=10_000)
        assert "Waiting for the cell" not in widget.text_content()


@pytest.mark.parametrize("end", ["shutdown", "restart"])
def test_a_kernel_that_has_gone_is_noticed(house, end):
    house.allowed += ["Cannot send", "debugger", "Debugger", "Kernel", "kernel", "Canceled", "404", "WebSocket"]
    cells = ["from tests.lessons.sample import *", "predict('first-verdict')"]
    with house.notebook(*cells) as book:
        widget = book.widget(1)
        house.page.evaluate(
            "async (end) => { const s = jupyterapp.shell.currentWidget.sessionContext;"
            " await (end === 'restart' ? s.session.kernel.restart() : s.session.kernel.shutdown()); }",
            end,
        )
        if end == "shutdown":  # no event tells of it: the first act finds out
            widget.get_by_role("radio").nth(1).check()
            widget.get_by_role("button", name="Commit").click()
        book.cell(1).get_by_text("The kernel has gone. Run this cell again.").wait_for()


def test_theme_follows_the_host_at_once(house):
    with house.notebook(SETUP, SHOW) as book:
        widget = book.widget(1)
        paper = "(e) => getComputedStyle(e).backgroundColor"
        light = widget.evaluate(paper)
        house.theme(dark=True)
        try:
            assert widget.evaluate(paper) != light
        finally:
            house.theme(dark=False)
        assert widget.evaluate(paper) == light


def test_two_views_of_one_widget_share_the_chosen_line(house):
    with house.notebook(SETUP, f"face = {SHOW}\nface", "face") as book:
        first, second = book.widget(1), book.widget(2)
        first.get_by_role("option").nth(5).click()
        second.locator("[aria-selected=true] .lm-n", has_text="45").wait_for()


def test_an_untrusted_or_kernelless_reader_sees_the_static_table(house):
    with house.notebook(SETUP, SHOW) as book:
        [output] = book.outputs(1)
        assert output["data"]["text/plain"].startswith("mail.example.net [192.0.2.67] to mx1.example.com")
        html = output["data"]["text/html"]
        assert "MAIL FROM:&lt;alice@example.net&gt;" in html
        assert not any(tag in html for tag in ("<style", "<script", "<svg", "class="))
