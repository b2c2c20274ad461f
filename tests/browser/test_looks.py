"""The looks that can be measured, of each widget, in both themes and at three widths."""

import pytest

from tests.browser.looks import WIDTHS, overflowing, pale, serious, set_width

SETUP = (
    "from tests.lessons.sample import *\nfrom tests.widgets.small import SmallLab, small_conversation\n"
    "from labmail.widgets import Conversation, Stepper"
)


def stepped(*acts: str) -> str:
    return "\n".join(["lab = SmallLab()", "face = Stepper(lab)", *(f"face.{act}" for act in acts), "face"])


MID = [*["next()"] * 3, "commit('550')", *["next()"] * 3, "commit('250')", "next()"]
SHOWN = {
    "conversation": "Conversation(small_conversation())",
    "stepper, untouched": stepped(),
    "stepper, asking": stepped(*MID),
    "stepper, wrong": stepped(*MID, "commit('250')"),
    "stepper, own lines": stepped("next()", "next()", "say('RCPT TO:<bob@example.com>')", "say('HELP')"),
    "predict": "predict('first-verdict')",
    "predict, committed": "face = predict('first-verdict')\nface.commit('b')\nface",
    "reveal, covered": "predict('the-difference')\nreveal('the-difference', small_conversation())",
    "reveal, open": "predict('the-difference').commit('b')\nreveal('the-difference', small_conversation())",
    "reveal, text": "predict('first-verdict').commit('b')\nreveal('first-verdict', [('S: 250 mx1', 'C: HELO')] * 9)",
    "check, right": "check('five-records', dict(c='fail'))",
    "check, not yet": "check('five-records', lambda record: record.nonsense)",
    "check, open": "check('five-records', dict(a=..., b=...))",
}


@pytest.mark.parametrize("shown", SHOWN)
def test_nothing_serious_nothing_pale_nothing_beyond_the_edge(house, shown):
    with house.notebook(SETUP, SHOWN[shown]) as book:
        assert book.errors() == []
        widget = book.widget(1)
        found = {}
        for dark in (False, True):
            house.theme(dark)
            for width in WIDTHS:
                set_width(widget, width)
                problems = [*pale(widget), *overflowing(widget)]
                if width == WIDTHS[-1]:
                    problems += serious(widget)
                found |= {(dark, width): problems} if problems else {}
        house.theme(dark=False)
        assert found == {}


def test_what_is_wrong_is_found(house):
    """The measures can fail: a pale word, an unnamed button, a wide box."""
    with house.notebook(SETUP, SHOWN["check, open"]) as book:
        widget = book.widget(1)
        widget.evaluate(
            "(e) => e.insertAdjacentHTML('beforeend', '<p style=\"color:#ccc\">pale</p>"
            '<button></button><i style="display:block;width:4000px">wide</i>\')'
        )
        assert [text for text in pale(widget) if text.endswith("pale")]
        assert any("4000" in text or "wide" in text for text in overflowing(widget))
        assert any("button-name" in text for text in serious(widget))
        assert any("color-contrast" in text for text in serious(widget))
