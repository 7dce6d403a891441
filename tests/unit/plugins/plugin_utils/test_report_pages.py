# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as HTML and Markdown: all of it is there, and nothing that came from outside is markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ansible_collections.secops.cfw.plugins.plugin_utils import _report, _report_text
from ansible_collections.secops.cfw.plugins.plugin_utils._report_html import html
from ansible_collections.secops.cfw.plugins.plugin_utils._report_markdown import code, escaped, markdown
from ansible_collections.secops.cfw.plugins.plugin_utils._report_runs import run_record
from ansible_collections.secops.cfw.plugins.plugin_utils._report_timeline import panels
from support.incident import FIRST, OUTSIDE, PLACES, block, block_row, guard, inputs

HOSTILE = (
    "</style></title><script>alert(1)</script><img src=x onerror=alert(1)>|a|`b` [x](http://evil.example) <b>\r\n# head\n"
    "www.evil.example {{ 7*7 }} \u202egpj.exe\u2066 \u200b&lt; javascript:alert(1) \x00\x1b[31m \ud800 |"
)
PARTS = (
    "in-force",
    "not-contained",
    "deadlines",
    "commands",
    "targets",
    "timeline",
    "evidence",
    "who",
    "protection",
    "before",
    "runs",
)


def report(**more: Any) -> dict[str, Any]:
    return _report.document(run_record(inputs(**more)), [], PLACES)


def hostile(words: str) -> dict[str, Any]:
    """The sample with these words in every text that comes from outside."""

    def shaken(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: shaken(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [shaken(item, name) for item in value]
        kept = ("case_id", "cloud", "result", "at", "until", "taken_at", "checked_at", "finished_at", "started_at")
        return words if isinstance(value, str) and name not in (*kept, "ended_at", "seen_running_at") else value

    given_ = inputs(failure=words, operator=words, stage=words, variables={"cfw_x": words})
    return report(**{**given_, "results": shaken(given_["results"])})


class Page(HTMLParser):
    """The tags, ids, attributes that would load something, and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        known = dict(attrs)
        assert not [name for name in known if name.startswith("on") or name == "style"]
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.loads += [
            value or "" for name, value in attrs if name in ("src", "href", "action", "data") and value != "data:,"
        ]
        if tag not in ("meta", "link", "br", "line", "rect", "polygon"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("line", "rect", "polygon"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_page_is_whole_and_loads_nothing() -> None:
    page = html(report())
    read = Page(page)
    assert read.open == []
    assert [part for part in PARTS if part not in read.ids] == []
    assert len(read.ids) == len(set(read.ids))
    assert [link for link in read.loads if not (link.startswith("#") and link[1:] in read.ids)] == []
    assert "script" not in read.tags
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert '<html lang="en">' in page
    assert "url(" not in page
    assert "@import" not in page
    assert "<title>INC-2041 · Partly in force · incident report</title>" in page


def test_page_says_what_the_next_shift_needs() -> None:
    words = " ".join(" ".join(Page(html(report(awx={}))).texts).split())
    for said in (
        "2026-11-22 21:04:40 UTC",
        "2026-11-23 05:04:40 +08:00",
        "does not end by itself",
        "not in path",
        "ansible-playbook secops.cfw.unblock -e",
        "Listed is not enforced",
        "not proven cut",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "2026-11-28",
        "operator mwang",
        "1250000000",
        "agreed with their on-call",
        "behind this controller's",
        "6c1c0c3e-9a54-4d8b-8a37-2f6f8a2c11d0",
    ):
        assert said in words


def test_pages_say_as_of_when_each_block_was_in_force() -> None:
    found = report(results={"block": {**block(), "targets": [block_row(FIRST, "tencent", "already")]}}, failure="")
    at = "as of 2026-11-21 21:02:41 UTC"
    table = markdown(found).partition("## In force now")[2].partition("\n## ")[0]
    assert "| Seen | As of | Remarks |" in table
    assert "| 2026-11-21 21:02:41 UTC |" in table
    assert f"on the list {at}" in table
    page = html(found).partition('id="in-force"')[2].partition("</section>")[0]
    assert page.count(at) == 2
    own = html(report(results={"block": {**block(), "targets": [block_row(FIRST, "tencent")]}}, failure=""))
    assert own.partition('id="in-force"')[2].partition("</section>")[0].count(at) == 1


def test_hunt_is_told_in_words() -> None:
    def peer(address: str, count: int, last: str | None) -> dict[str, Any]:
        more = {"fw_instance_id": "fw", "bytes": 90, "first_seen": last}
        return {"address": address, "count": count, "last_seen": last, **more}

    peers = [
        peer("198.51.100.21", 3, "2026-11-21T22:41:07Z"),
        peer("198.51.100.22", 1, "2026-11-20T08:00:00Z"),
        peer("198.51.100.23", 2, None),
    ]
    hunt = {
        "searched_at": "2026-11-21T23:00:00Z",
        "firewalls": [{"fw_instance_id": "fw", "truncated": False}],
        "attackers": [{"target": FIRST, "peers": peers, "total": 3}, {"target": OUTSIDE, "peers": [], "total": 0}],
        "also": {"a_b": [1, {"c": "d"}]},
        "errors": [],
    }
    found = report(results={"hunt": hunt})
    said = (
        "198.51.100.21 (3 flows, last 22:41 UTC); 198.51.100.22 (1 flow, last 2026-11-20 08:00 UTC); "
        "198.51.100.23 (2 flows)"
    )
    part = html(found).partition('id="hunt"')[2].partition("</section>")[0]
    assert f'<td class="say">{said}</td><td class="say">3</td>' in part
    assert '<td class="say">none</td>' in part
    assert "a b 1; c d" in part
    assert "{" not in part
    assert "198.51.100.22 (1 flow, last 2026-11-20 08:00 UTC)" in markdown(found).replace("\\", "")


def test_runs_keep_what_was_refused() -> None:
    rows = [{"target": target, "code": "x", "reason": "y"} for target in ("", *(f"10.0.0.{n}" for n in range(1, 10)))]
    found = report(results={"guard": {**guard(), "ok": False, "targets": [], "refused": rows}})
    said = (
        "refused: the whole incident, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7 and 2 more"
    )
    assert said in html(found)
    assert said in markdown(found).replace("\\", "")


@pytest.mark.parametrize("words", [HOSTILE, "'\"><svg onload=x>", "]]>--><!--"])
def test_what_came_from_outside_is_text_in_the_page(words: str) -> None:
    plain, page = Page(html(report())), html(hostile(words))
    read = Page(page)
    assert read.open == []
    assert set(read.tags) <= set(plain.tags)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b\r\ud800]", page)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.text() | st.text(alphabet="<>&'\"/|`*_[]()!#\n\r\\{}%ab", min_size=4))
def test_no_text_becomes_a_tag_or_a_table_cell(words: str) -> None:
    found = report(
        results={"block": {**block(), "targets": [block_row(words, "tencent", "failed", reason=words)]}}, failure=words
    )
    tags = {*Page(html(report())).tags}
    assert set(Page(html(found)).tags) <= tags
    check_markdown(markdown(found))


def check_markdown(page: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)
    inline = [child.type for token in tokens for child in token.children or ()]
    assert not {"html_block", "html_inline", "link_open", "image"} & {*inline, *(token.type for token in tokens)}
    width = 0
    for number, token in enumerate(tokens):
        if token.type == "tr_open":
            end = next(place for place in range(number, len(tokens)) if tokens[place].type == "tr_close")
            cells = sum(one.type in ("td_open", "th_open") for one in tokens[number:end])
            width = cells if tokens[number + 1].type == "th_open" else width
            assert cells == width
    # Rows of tables as they stand there: GitHub's readers cut what is too much.
    for row in re.findall(r"^\|.*$", page, re.MULTILINE):
        assert row.endswith("|")
    assert not re.search(
        r"(?i)https?://|www\.|[\u202a-\u202e\u2066-\u2069]", re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    )


@pytest.mark.parametrize("words", [HOSTILE, "a|b|c", "\\|", "`|`", "x\n| y | z |\n", "<!-- ", "~~~", "```"])
def test_what_came_from_outside_is_text_in_markdown(words: str) -> None:
    page = markdown(hostile(words))
    check_markdown(page)
    heads = re.findall("^#+ .*$", page, re.MULTILINE)
    assert heads == re.findall("^#+ .*$", markdown(report()), re.MULTILINE)


def test_markdown_has_the_parts_of_the_page() -> None:
    page = markdown(report(awx={}))
    for said in (
        "## In force now",
        "## Not contained or unknown",
        "## Who must act, before when",
        "## Commands",
        "## Timeline",
        FIRST,
    ):
        assert said in page
    assert (
        page.index("## In force now")
        < page.index("## Not contained")
        < page.index("## Commands")
        < page.index("## Targets")
    )


def test_plan_says_so_first() -> None:
    planned = report(planned=True, failure="", results={"guard": guard(), "block": {**block(), "planned": True}})
    assert markdown(planned).splitlines()[0].startswith("**planned: true**")
    page = html(planned)
    assert "planned: true. This is a plan from check mode." in page
    assert "<title>PLAN" in page
    assert "What the real run would do" in page
    assert OUTSIDE in markdown(planned)


def test_an_empty_report_has_all_its_parts() -> None:
    nothing = report(results={}, failure="")
    read = Page(html(nothing))
    assert [part for part in PARTS if part not in read.ids] == []
    assert "No block of this case is in force." in markdown(nothing)


def test_escaping_keeps_what_is_harmless() -> None:
    assert escaped("CFW.00200016: busy (core-2)") == "CFW.00200016: busy (core-2)"
    assert code("2001:db8::1") == "`2001:db8::1`"
    assert code("a`b") == "a\\`b"
    assert _report_text.visible("a\nb\u202e") == "a\u23ceb\u27e8U+202E\u27e9"
    assert _report_text.visible("x" * 700).endswith("(100 more characters in report.json)")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59, "59 s"), (190, "3 min 10 s"), (86_340, "23 h 59 min"), (604_799, "6 d 23 h")]
)
def test_spans(seconds: int, said: str) -> None:
    assert _report_text.span(seconds) == said


def test_timeline_is_to_scale() -> None:
    found = report()
    (panel,) = panels(found["timeline"], found["evidence"]["captures"])
    lanes = {lane["name"]: lane for lane in panel["lanes"]}
    (span,) = lanes["Capture edge-1"]["spans"]
    # 254 of the 330 seconds between the first and the last event
    inner = (panel["right"] - panel["left"]) / 1.06
    assert abs(span["width"] / inner - 254 / 330) < 0.01
    blocked = lanes["Tencent"]["markers"][0]
    assert span["x"] < blocked["x"] < span["x"] + span["width"]
    assert blocked["kind"] == "bad"
    assert blocked["label"] == "block: 2 blocked, 1 already, 1 refused"
    for lane in panel["lanes"]:
        ends: dict[int, float] = {}
        for marker in lane["markers"]:
            assert marker["label_x"] >= ends.get(marker["level"], 0.0) or not marker["label"]
            ends[marker["level"]] = marker["label_x"] + 6 * len(marker["label"])


def test_a_long_silence_begins_another_picture() -> None:
    found = report()
    late = {**found["timeline"][-1], "at": "2026-11-22T20:00:00Z"}
    assert len(panels([*found["timeline"], late], found["evidence"]["captures"])) == 2
    assert panels([], []) == []


@pytest.mark.parametrize("hidden", ["\u202a", "\u202e", "\u2066", "\u2069", "\u200b", "\u200f", "\u2028", "\ufeff"])
def test_what_hides_text_in_an_alert_is_spelled_out(hidden: str) -> None:
    found = hostile(f"evil{hidden}fdp.exe")
    shown = f"evil\u27e8U+{ord(hidden):04X}\u27e9fdp.exe"
    for page in (html(found), markdown(found)):
        assert hidden not in page
        assert shown in page
