"""All widgets' styles stand in one page: a class that one of them owns must not be another's as well."""

import re
from importlib.resources import files

SHARED = {"theme.css", "widgets.css"}
RULE = re.compile(r"([^{}]+)\{")
BARE = re.compile(r"\.lm-[a-z0-9-]+")


def test_a_bare_class_is_dressed_in_one_file() -> None:
    owners: dict[str, set[str]] = {}
    for path in files("labmail.widgets").iterdir():
        if path.name.endswith(".css") and path.name not in SHARED:
            text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.S)
            for selectors in RULE.findall(text):
                for selector in map(str.strip, selectors.split(",")):
                    if BARE.fullmatch(selector):
                        owners.setdefault(selector, set()).add(path.name)
    assert {name: sorted(where) for name, where in owners.items() if len(where) > 1} == {}
