# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebook respond, with a real ansible-rulebook, which runs the real playbook against the emulator.

All tests use one process, as starting it takes long: each has attackers of its own.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.secops.cfw.plugins.plugin_utils._alert_events import case_id
from support.scope import ALL

if TYPE_CHECKING:
    from emulator import Emulator

    from .conftest import Rulebook, Start

SECRET = "1234567890123456"
VICTIM = "198.51.100.20"
PROTECTED = "192.0.2.77"
# What is said, by the name of a variable that does not exist; and the variables and the secret that lead to it.
WRONG: dict[str, tuple[dict[str, str], str]] = {
    "CFW_EVENT_SECRET_must_have_16_characters_at_least": ({}, ""),
    "cfw_event_level_must_be_low_medium_high_or_critical": ({"cfw_event_level": "hihg"}, SECRET),
    "cfw_dir_must_be_an_absolute_path": ({"cfw_dir": "./cases"}, SECRET),
}
# A Java for each
TRIED = list(WRONG) if ALL else list(WRONG)[:1]
NOW = datetime.now(timezone.utc).timestamp()
SETTINGS = {
    "cfw_clouds": ["tencent"],
    "cfw_own_clouds": ["tencent"],
    "cfw_online_skip_reason": "there are no firewalls of Huawei Cloud here",
    "cfw_protected": [PROTECTED],
    "cfw_hunt": False,
    "cfw_look_for_hits": False,
}


class Site:
    def __init__(self, rulebook: Rulebook, emulator: Emulator, folder: Path) -> None:
        self.rulebook = rulebook
        self.emulator = emulator
        self.cases = folder / "cases"

    def blocked(self) -> dict[str, str]:
        """Address and comment of each row of the block list."""
        rows = self.emulator.state()["tencent"]["blocklist"]
        found = {row["Ioc"]: row["Comment"] for row in rows}
        assert len(found) == len(rows), "a target has two rows"
        return found

    def writes(self) -> Counter[str]:
        """How often each address was written."""
        return Counter(
            address
            for row in self.emulator.log
            if row["write"]
            for address in (row["body"].get("HandleIpList") or [rule["Ioc"] for rule in row["body"].get("Rules", [])])
        )

    def report(self, target: str) -> dict[str, Any]:
        document = json.loads((self.cases / case_of(target) / "report.json").read_text(encoding="utf-8"))
        assert isinstance(document, dict)
        return document

    def until_reported(self, *targets: str) -> None:
        for target in targets:
            path = self.cases / case_of(target) / "report.json"
            self.rulebook.until(path.exists, f"there is a report about {target}")


def case_of(target: str) -> str:
    return case_id(target, NOW)


def tencent_alert(source: str | list[str], **values: Any) -> dict[str, Any]:
    return {
        "event_id": "evt-1",
        "direction": "inbound",
        "level": "high",
        "event_name": "SQL injection",
        "src_ip_list": [source] if isinstance(source, str) else source,
        "dst_ip_list": [VICTIM],
        "end_time": int(NOW),
        **values,
    }


@pytest.fixture(scope="module")
def refused(start_rulebook: Start, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rulebook]:
    """Rulebooks that lack something, by what they say. All are started at once."""
    started = {}
    for told in TRIED:
        variables, secret = WRONG[told]
        folder = tmp_path_factory.mktemp("refused")
        (folder / "inventory.yml").write_text("all: {hosts: {localhost: }}", encoding="utf-8")
        given = {"cfw_dir": str(folder), "cfw_duration": "24h", "cfw_event_level": "high", **variables}
        started[told] = start_rulebook("respond", folder, given, {"CFW_EVENT_SECRET": secret})
    return started


@pytest.fixture(scope="module")
def site(
    start_rulebook: Start,
    refused: dict[str, Rulebook],
    emulator_server: Emulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Site:
    assert refused, "they begin at the same time, which saves some"
    emulator_server.reset(rate_limit=0)
    folder = tmp_path_factory.mktemp("site")
    inventory = {"all": {"hosts": {"localhost": {"ansible_connection": "local"}}, "vars": SETTINGS}}
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    rulebook = start_rulebook(
        "respond",
        folder,
        {"cfw_dir": str(folder / "cases"), "cfw_duration": "24h", "cfw_event_level": "high"},
        {**emulator_server.environ, "EDA_MAX_CONCURRENT_ACTIONS": "8"},
    )
    rulebook.until(rulebook.listening, "it listens")
    return Site(rulebook, emulator_server, folder)


def test_a_signed_alert_acts_once_and_a_repeat_is_folded(site: Site) -> None:
    attacker = "203.0.113.7"
    # What an attacker wrote is no template, neither for the rulebook nor for Ansible.
    name = "{{ lookup('ansible.builtin.env', 'CFW_EVENT_SECRET') }} {% raw %} ' \" {{ 7 * 191 }}"

    answers = [site.rulebook.send("tencent", tencent_alert(attacker, event_name=name)) for _repeat in range(3)]
    site.until_reported(attacker)
    answers.append(site.rulebook.send("tencent", {"alerts": [tencent_alert(f"::ffff:{attacker}")]}))

    assert [answer.status_code for answer in answers] == [200] * 4
    assert site.blocked() == {attacker: f"ir:{case_of(attacker)};"}
    report = site.report(attacker)
    assert [(row["target"], row["cloud"]) for row in report["in_force"]] == [(attacker, "tencent")]
    assert len(report["runs"]) == 1
    text = json.dumps(report)
    assert "(( lookup('ansible.builtin.env', 'CFW_EVENT_SECRET') ))" in text
    assert "1337" not in text


def test_what_is_not_signed_with_the_secret_is_refused(site: Site) -> None:
    attacker = "203.0.113.66"
    before = site.emulator.calls()

    answer = site.rulebook.send("tencent", tencent_alert(attacker), secret="another secret of 16 characters")

    assert answer.status_code == 401
    # The next alert is read after it, and is told of.
    site.rulebook.send("tencent", tencent_alert("203.0.113.67", level="low"))
    site.rulebook.until_said("Below high, nothing done: low, inbound 203.0.113.67, SQL injection")
    assert "203.0.113.66" not in site.rulebook.said()
    assert site.emulator.calls() == before


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("tencent", b"[]", "from tencent: the payload has no alert in it"),
        ("tencent", b'"text"', "from tencent: the payload holds text where JSON was expected"),
        ("tencent", b"null", "from tencent: the payload is empty"),
        (
            "huawei",
            b'{"log_id": "17", "direction": "out2in", "level": "HIGH"}',
            "from huawei: the alert 17 names no attacker",
        ),
        (
            "nowhere",
            b'{"sources": "evil.example", "direction": "in", "level": 9}',
            "from other: an alert has '9', which is",
        ),
        ("cfw", json.dumps({"sources": "{{ 7*191 }}", "direction": "in", "level": "high"}).encode(), "'(( 7*191 ))'"),
        ("cfw", json.dumps({"direction": "\ud800\n\u202e"}).encode(), "inbound and outbound tell who the attacker is"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rulebook_goes_on(site: Site, path: str, body: bytes, told: str) -> None:
    assert site.rulebook.send(path, body).status_code == 200

    site.rulebook.until_said(told)


def test_what_is_no_json_is_refused_and_the_rulebook_goes_on(site: Site) -> None:
    for body in (b"{", b"\xff\xfe", b"[" * 100_000):
        assert site.rulebook.send("tencent", body).status_code in (400, 500)

    site.rulebook.send("tencent", tencent_alert("203.0.113.68", level="low"))
    site.rulebook.until_said("inbound 203.0.113.68")


def test_five_hundred_alerts_block_the_right_ones_once(site: Site) -> None:
    spellings = {
        "203.0.113.21": ["203.0.113.21", "203.0.113.21/32", "::ffff:203.0.113.21", "::FFFF:CB00:7115"],
        "2001:db8:7::1": ["2001:db8:7::1", "2001:DB8:7:0:0:0:0:1", "2001:0db8:0007::0001", "2001:db8:7::1/128"],
        PROTECTED: [PROTECTED],
    }
    seen_at_huawei = "203.0.113.30"
    before = site.blocked()
    burst: list[tuple[str, Any]] = [
        ("tencent", tencent_alert(choice(number, spellings), event_id=f"evt-{number}")) for number in range(499)
    ]
    burst.insert(250, ("huawei", huawei_notification(seen_at_huawei)))

    with ThreadPoolExecutor(8) as pool:
        codes = set(pool.map(lambda sent: site.rulebook.send(*sent).status_code, burst))
    site.until_reported(*spellings, seen_at_huawei)

    assert codes == {200}
    good = {*spellings, seen_at_huawei} - {PROTECTED}
    assert set(site.blocked()) - set(before) == good
    writes = site.writes()
    assert {target: writes[target] for target in (*good, PROTECTED)} == {**dict.fromkeys(good, 1), PROTECTED: 0}
    refused = site.report(PROTECTED)
    assert refused["in_force"] == []
    assert PROTECTED in json.dumps(refused["targets"])
    cases = {case_of(target) for target in (*good, PROTECTED)}
    assert {path.name for path in site.cases.iterdir()} >= cases
    assert len(cases) == 4


def huawei_notification(source: str) -> dict[str, Any]:
    row = {
        "log_id": "1792",
        "event_time": int(NOW * 1000),
        "src_ip": source,
        "dst_ip": VICTIM,
        "direction": "out2in",
        "level": "CRITICAL",
        "attack_rule": "SQL injection",
        "action": "permit",
    }
    return {
        "type": "Notification",
        "topic_urn": "urn:smn:cn-north-4:0a1b:cfw",
        "message_id": "d84b",
        "subject": "CFW",
        "message": json.dumps({"data": {"records": [row], "total": 1}}),
        "timestamp": "2026-11-22T00:00:00Z",
    }


def choice(number: int, spellings: dict[str, list[str]]) -> str:
    """Each spelling now and then, the same in every run."""
    shuffled = random.Random(number)
    return shuffled.choice(shuffled.choice(list(spellings.values())))


def test_no_secret_is_in_the_output(site: Site) -> None:
    said = site.rulebook.said()

    assert SECRET not in said
    assert site.emulator.environ["TENCENTCLOUD_SECRET_KEY"] not in said


@pytest.mark.parametrize("wrong", TRIED)
def test_without_what_it_needs_it_does_not_start(refused: dict[str, Rulebook], wrong: str) -> None:
    code = refused[wrong].wait()

    assert code != 0
    assert re.search(rf"'{wrong}\w*' is undefined", refused[wrong].said())
