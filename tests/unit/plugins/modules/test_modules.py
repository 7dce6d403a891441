# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules from main() to what they print: results, check mode, diff, warnings, secrets, a missing library."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.common.parameters import PASS_VARS

from ansible_collections.secops.cfw.plugins.module_utils import _module
from emulator import (
    HUAWEI_AUTH_TOKEN,
    HUAWEI_READONLY_AK,
    HUAWEI_READONLY_SK,
    HUAWEI_TEMP_AK,
    HUAWEI_TEMP_SK,
    HUAWEI_TEMP_TOKEN,
    TENCENT_READONLY_ID,
    TENCENT_READONLY_KEY,
    TENCENT_TEMP_ID,
    TENCENT_TEMP_KEY,
    TENCENT_TEMP_TOKEN,
    Emulator,
)
from unit.plugins.modules import harness
from unit.plugins.modules.harness import (
    HUAWEI,
    MODULES,
    ROOT,
    SECRETS,
    TENCENT,
    Host,
    Outcome,
    cloud_of,
    load,
    spec_of,
)
from unit.plugins.modules.registry import UNCHANGED, VALID, prepare

CAPTURE_KEYS = {"changed", "task", "evidence", "duplicates", "diff", "api_calls", "clock"}
RULE_KEYS = {"changed", "rules", "counts", "protection", "quota", "diff", "api_calls", "clock"}
LIBRARY = "requests"


def keys(outcome: Outcome) -> set[str]:
    return set(outcome.result) - {"invocation", "warnings"}


def calls(outcome: Outcome) -> dict[str, int]:
    return {row["call"]: row["count"] for row in outcome.result["api_calls"]}


# huawei_cfw_capture_task


def test_a_capture_from_start_to_end(host: Host, emu: Emulator) -> None:
    options = VALID[HUAWEI]
    created = host.run(HUAWEI, options, diff=True)
    assert not created.failed
    assert keys(created) == CAPTURE_KEYS
    assert created.result["changed"] is True
    task = created.result["task"]
    assert task["name"] == "INC-2041"
    assert task["source"] == {"address": "192.88.99.7", "address_type": "ipv4"}
    assert task["service"] == {"protocol": "any", "source_port": "", "dest_port": ""}
    assert (task["duration"], task["max_packets"], task["status"]) == (5, 1000, "running")
    assert created.result["evidence"] == "none"
    assert created.result["duplicates"] == []
    assert created.result["diff"] == {"before": {}, "after": task}
    assert calls(created) == {"ListCaptureTask": 2, "CreateCaptureTask": 1}
    create = next(row for row in created.result["api_calls"] if row["call"] == "CreateCaptureTask")
    assert create["attempts"] == 1
    assert len(create["request_ids"]) == 1
    assert create["permission"] == "cfw:captureTask:create"
    (found,) = emu.state()["huawei"]["tasks"]
    assert found["task_id"] == task["task_id"]

    emu.clear_log()
    again = host.run(HUAWEI, options, diff=True)
    assert again.result["changed"] is False
    assert again.result["task"]["task_id"] == task["task_id"]
    assert again.result["diff"]["before"] == again.result["diff"]["after"]
    assert emu.calls() == {"ListCaptureTask": 1}

    stopped = host.run(HUAWEI, {**options, "state": "stopped", "wait_interval": 0.01})
    assert stopped.result["changed"] is True
    assert stopped.result["task"]["status"] == "stopped"
    assert stopped.result["diff"]["before"]["status"] == "running"

    removed = host.run(HUAWEI, {**options, "state": "absent"})
    assert removed.result["changed"] is True
    assert removed.result["task"] is None
    assert removed.result["diff"]["after"] == {}
    assert [row["is_deleted"] for row in emu.state()["huawei"]["tasks"]] == [1]
    assert host.run(HUAWEI, {**options, "state": "absent"}).result["changed"] is False


@pytest.mark.parametrize("diff", [False, True])
@pytest.mark.parametrize(
    ("before", "changes", "changed", "status"),
    [
        ([], {}, True, "running"),
        ([], {"wait": "finished"}, True, "finished"),
        (["running"], {"state": "stopped"}, True, "stopped"),
        (["running"], {"state": "absent"}, True, None),
        ([], {"state": "absent"}, False, None),
    ],
)
def test_check_mode_of_captures_says_what_would_be(
    host: Host,
    emu: Emulator,
    before: list[str],
    changes: dict[str, Any],
    changed: bool,
    status: str | None,
    diff: bool,
) -> None:
    if before:
        host.run(HUAWEI, VALID[HUAWEI])
    emu.clear_log()
    outcome = host.run(HUAWEI, {**VALID[HUAWEI], **changes}, check=True, diff=diff)
    assert not outcome.failed
    assert keys(outcome) == CAPTURE_KEYS
    assert outcome.result["changed"] is changed
    assert (outcome.result["task"] or {}).get("status") == status
    assert emu.writes() == 0


def test_a_failure_of_a_capture_tells_what_is_known(host: Host, emu: Emulator) -> None:
    host.run(HUAWEI, VALID[HUAWEI])
    differs = host.run(HUAWEI, {**VALID[HUAWEI], "duration": 6})
    assert differs.failed
    assert keys(differs) == {
        "changed",
        "failed",
        "msg",
        "error",
        "api_calls",
        "clock",
        "task",
        "evidence",
        "differences",
    }
    assert differs.result["changed"] is False
    assert differs.result["differences"] == ["duration: is 5, wanted 6"]
    assert differs.result["error"]["code"] == "specification_differs"
    assert set(differs.result["error"]) == {"code", "message", "request_id", "hint"}
    assert differs.msg.startswith("Capture task 'INC-2041' (task_id ")
    assert "replace: true" in differs.msg

    busy = host.run(HUAWEI, {**VALID[HUAWEI], "name": "INC-2042"})
    assert busy.result["error"]["code"] == "firewall_busy"
    assert busy.result["holder"]["name"] == "INC-2041"
    assert "'INC-2041'" in busy.msg
    assert emu.calls()["CreateCaptureTask"] == 1


def test_a_failure_after_a_write_is_a_change(host: Host, emu: Emulator) -> None:
    emu.reset(list_lag_calls=100)
    outcome = host.run(HUAWEI, {**VALID[HUAWEI], "settle_timeout": 0})
    assert outcome.failed
    assert outcome.result["changed"] is True
    assert outcome.result["error"]["code"] == "create_outcome_unknown"


def test_a_refusal_names_code_request_id_and_what_to_do(host: Host, emu: Emulator) -> None:
    outcome = host.run(
        HUAWEI,
        VALID[HUAWEI],
        environ={"HUAWEICLOUD_SDK_AK": HUAWEI_READONLY_AK, "HUAWEICLOUD_SDK_SK": HUAWEI_READONLY_SK},
    )
    error = outcome.result["error"]
    assert outcome.result["changed"] is False
    assert error["code"].startswith("APIGW.") or error["code"].startswith("CFW.")
    assert error["request_id"]
    assert error["request_id"] in outcome.msg
    assert error["hint"] in outcome.msg.replace("..", ".")
    (create,) = [row for row in outcome.result["api_calls"] if row["call"] == "CreateCaptureTask"]
    assert create["request_ids"] == [error["request_id"]]
    assert create["permission"] == "cfw:captureTask:create"
    assert emu.state()["huawei"]["tasks"] == []


# tencent_cfw_alert_rule


def test_a_block_from_start_to_end(host: Host, emu: Emulator) -> None:
    options = {**VALID[TENCENT], "comment": "ir:INC-2041;"}
    created = host.run(TENCENT, options, diff=True)
    assert not created.failed
    assert keys(created) == RULE_KEYS
    assert created.result["changed"] is True
    (row,) = created.result["rules"]
    assert row["target"] == "192.88.99.7"
    assert row["result"] == "created"
    assert row["before"] is None
    assert row["after"]["action"] == "block"
    assert row["after"]["directions"] == ["inbound"]
    assert row["after"]["comment"] == "ir:INC-2041;"
    assert created.result["counts"] == {"created": 1}
    assert created.result["protection"] == {"entries": 0, "sources": {}, "exempted": []}
    assert created.result["diff"] == {
        "before": {"192.88.99.7": {}},
        "after": {"192.88.99.7": {"block": row["after"]}},
    }
    assert calls(created) == {
        "DescribeBlockIgnoreList": 4,
        "DescribeOverviewResourceQuota": 1,
        "CreateAlertCenterRule": 1,
    }

    emu.clear_log()
    again = host.run(TENCENT, {**options, "return_rules": "changed"}, diff=True)
    assert again.result["changed"] is False
    assert again.result["rules"] == []
    assert again.result["counts"] == {"unchanged": 1}
    assert again.result["diff"] == {"before": {}, "after": {}}
    assert emu.calls() == {"DescribeBlockIgnoreList": 2}

    removed = host.run(TENCENT, {**options, "state": "absent"})
    assert removed.result["changed"] is True
    assert removed.result["counts"] == {"removed": 1}
    assert emu.state()["tencent"]["blocklist"] == []


@pytest.mark.parametrize("state", ["present", "absent"])
def test_check_mode_of_rules_says_what_would_be(host: Host, emu: Emulator, state: str) -> None:
    if state == "absent":
        host.run(TENCENT, VALID[TENCENT])
    emu.clear_log()
    planned = host.run(TENCENT, {**VALID[TENCENT], "state": state}, check=True, diff=True)
    assert emu.writes() == 0
    real = host.run(TENCENT, {**VALID[TENCENT], "state": state}, diff=True)
    assert keys(planned) == keys(real) == RULE_KEYS
    assert planned.result["changed"] is real.result["changed"] is True
    assert planned.result["counts"] == real.result["counts"]
    assert [sorted(row) for row in planned.result["rules"]] == [sorted(row) for row in real.result["rules"]]
    assert planned.result["diff"]["before"].keys() == real.result["diff"]["before"].keys()


def test_one_bad_target_does_not_hide_the_others(host: Host, emu: Emulator) -> None:
    emu.seed(tencent={"whitelist": ["192.88.99.8"]})
    outcome = host.run(TENCENT, {**VALID[TENCENT], "ips": ["192.88.99.7", "192.88.99.8"]})
    assert outcome.failed
    assert keys(outcome) == {*RULE_KEYS, "failed", "msg", "error"}
    assert outcome.result["changed"] is True
    assert {row["target"]: row["result"] for row in outcome.result["rules"]} == {
        "192.88.99.7": "created",
        "192.88.99.8": "refused",
    }
    assert outcome.result["error"]["code"] == "targets_refused"
    assert "1 of 2 targets" in outcome.msg
    assert "192.88.99.8" in outcome.msg
    assert "replace_opposite: true" in outcome.msg


def test_a_protected_target_refuses_them_all_and_says_why(host: Host, emu: Emulator) -> None:
    path = host.write("protected.txt", "# ours\n192.88.99.0/29\n")
    outcome = host.run(TENCENT, {**VALID[TENCENT], "ips": "192.88.99.7,192.88.99.200", "protected_file": str(path)})
    assert keys(outcome) == {"changed", "failed", "msg", "error", "api_calls", "clock", "refused", "protection"}
    assert outcome.result["error"]["code"] == "protected_target"
    assert outcome.result["api_calls"] == []
    assert outcome.result["protection"] == {"entries": 1, "sources": {str(path): 1}, "exempted": []}
    (refused,) = outcome.result["refused"]
    assert refused == {
        "target": "192.88.99.7",
        "code": "protected",
        "reason": f"protected by 192.88.99.0/29 from {path}, line 2",
        "entry": "192.88.99.0/29",
        "source": str(path),
    }
    assert emu.log == []


def test_warnings_reach_the_user(host: Host) -> None:
    outcome = host.run(TENCENT, {**VALID[TENCENT], "ips": "203.0.113.7"}, check=True)
    assert outcome.warnings == ["Addresses of documentation ranges, from which no real traffic comes: 203.0.113.7"]
    assert host.run(TENCENT, VALID[TENCENT], check=True).warnings == []


def test_a_refused_write_of_a_rule(host: Host, emu: Emulator) -> None:
    outcome = host.run(
        TENCENT,
        VALID[TENCENT],
        environ={"TENCENTCLOUD_SECRET_ID": TENCENT_READONLY_ID, "TENCENTCLOUD_SECRET_KEY": TENCENT_READONLY_KEY},
    )
    assert outcome.result["changed"] is False
    assert outcome.result["error"]["code"].startswith("UnauthorizedOperation")
    assert outcome.result["error"]["request_id"] in outcome.msg
    assert "access policies" in outcome.msg
    assert outcome.result["counts"] == {"failed": 1}
    assert emu.state()["tencent"]["blocklist"] == []


# Secrets

PROFILE_SECRETS = ("profile-ak-0001-not-shown", "profile-sk-0001-not-shown", "profile-token-not-shown")


def profile(host: Host, module: str) -> None:
    """A profile with keys that no cloud knows, and that ansible-core does not know to be secret."""
    key, secret, token = PROFILE_SECRETS
    if cloud_of(module) == "huawei":
        host.write(".huaweicloud/credentials", f"[case]\nak = {key}\nsk = {secret}\nsecurity_token = {token}\n")
    else:
        host.write(".tccli/case.credential", json.dumps({"secretId": key, "secretKey": secret, "token": token}))


OPTION_KEYS: dict[str, dict[str, str]] = {
    "huawei": {"access_key": HUAWEI_TEMP_AK, "secret_key": HUAWEI_TEMP_SK, "security_token": HUAWEI_TEMP_TOKEN},
    "tencent": {"secret_id": TENCENT_TEMP_ID, "secret_key": TENCENT_TEMP_KEY, "token": TENCENT_TEMP_TOKEN},
}


@pytest.mark.parametrize("module", MODULES)
def test_keys_in_options_are_used_and_not_shown(host: Host, emu: Emulator, module: str) -> None:
    given = OPTION_KEYS[cloud_of(module)]
    prepare(emu, module)
    outcome = host.run(module, {**VALID[module], **given})
    assert not outcome.failed
    assert outcome.result["changed"] is (module not in UNCHANGED)
    for secret in SECRETS:
        assert secret not in outcome.output
    # ansible-core 2.21 shows no options at all.
    shown = outcome.result.get("invocation", {}).get("module_args", {})
    assert {shown[name] for name in given if name in shown} <= {"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}


def test_a_token_in_an_option_is_used_and_not_shown(host: Host) -> None:
    outcome = host.run(HUAWEI, {**VALID[HUAWEI], "auth_token": HUAWEI_AUTH_TOKEN})
    assert outcome.result["changed"] is True
    assert HUAWEI_AUTH_TOKEN not in outcome.output


@pytest.mark.parametrize("module", MODULES)
def test_keys_of_a_profile_are_not_shown_when_they_are_refused(host: Host, module: str) -> None:
    profile(host, module)
    outcome = host.run(module, {**VALID[module], "profile": "case"})
    assert outcome.failed
    assert outcome.result["error"]["request_id"]
    for secret in PROFILE_SECRETS:
        assert secret not in outcome.output


# How ansible-core asks a module for tracebacks, before 2.19 and from then on.
VERBOSE: list[dict[str, Any]] = [{}, {"_ansible_verbosity": 3}]
if "tracebacks_for" in PASS_VARS:
    VERBOSE.append({"_ansible_tracebacks_for": ["error", "warning"]})


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("verbose", VERBOSE)
def test_a_service_that_repeats_the_keys_does_not_make_them_shown(
    host: Host, emu: Emulator, module: str, verbose: dict[str, Any]
) -> None:
    outcome = echoed(host, emu, module, VALID[module], verbose)
    assert "Code.Echo" in outcome.msg
    assert "********" in outcome.msg
    # Where tracebacks are asked for, none is that of the error, whose text nobody redacted.
    assert "ApiError" not in outcome.output
    if "_ansible_tracebacks_for" not in verbose:
        assert "exception" not in outcome.result
    for secret in PROFILE_SECRETS:
        assert secret not in outcome.output


def echoed(host: Host, emu: Emulator, module: str, options: dict[str, Any], verbose: dict[str, Any]) -> Outcome:
    """A failure whose message holds the secrets of the profile that was used."""
    profile(host, module)
    emu.fault(call="*", kind="error", code="Code.Echo", message=" ".join(PROFILE_SECRETS), times=0)
    return host.run(module, {**options, "profile": "case", "retries": 0, **verbose})


def test_keys_of_a_profile_that_the_service_lists_are_not_shown(host: Host, emu: Emulator) -> None:
    host.write(
        ".tccli/case.credential",
        json.dumps({"secretId": TENCENT_TEMP_ID, "secretKey": TENCENT_TEMP_KEY, "token": TENCENT_TEMP_TOKEN}),
    )
    emu.seed(tencent={"blocklist": [{"Ioc": "192.88.99.7", "Comment": f"see {TENCENT_TEMP_KEY}"}]})
    listed = host.run(TENCENT, {**VALID[TENCENT], "profile": "case"})
    assert listed.result["rules"][0]["before"]["comment"] == "see ********"
    assert TENCENT_TEMP_KEY not in listed.output

    keys = f"ak = {HUAWEI_TEMP_AK}\nsk = {HUAWEI_TEMP_SK}\nsecurity_token = {HUAWEI_TEMP_TOKEN}\n"
    host.write(".huaweicloud/credentials", f"[case]\n{keys}")
    emu.seed(huawei={"tasks": [{"name": HUAWEI_TEMP_SK}]})
    missing = host.run(HUAWEI, {**VALID[HUAWEI], "profile": "case", "state": "stopped"})
    assert "its tasks: ********" in missing.msg
    assert "its tasks: ********" in missing.result["error"]["message"]
    assert HUAWEI_TEMP_SK not in missing.output


@pytest.mark.parametrize("module", MODULES)
def test_blank_keys_do_not_garble_the_result(host: Host, emu: Emulator, module: str) -> None:
    blank = dict.fromkeys(OPTION_KEYS[cloud_of(module)], " ")
    prepare(emu, module)
    outcome = host.run(module, {**VALID[module], **blank}, check=True)
    assert not outcome.failed
    assert "********" not in json.dumps({**outcome.result, "invocation": {}})


# What is nobody's input


def test_a_mistake_of_our_own_is_not_taken_for_one_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        params = VALID[HUAWEI]

        def __init__(self, argument_spec: dict[str, Any], **_more: Any) -> None:
            if argument_spec["source"]["type"] == "dict":
                raise TypeError("our own mistake")

    monkeypatch.setattr(_module, "AnsibleModule", Broken)
    with pytest.raises(TypeError, match="our own mistake"):
        _module.run_module(spec_of(HUAWEI), lambda _params, _context, _calls: {})


# The library


def in_a_process_of_its_own(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("module", MODULES)
def test_a_missing_library_is_reported_as_always_in_ansible(tmp_path: Path, module: str) -> None:
    code = f"""
import sys
from pathlib import Path
import emulator  # needs the library itself
for name in [name for name in sys.modules if name.partition(".")[0] == "{LIBRARY}"]:
    del sys.modules[name]
sys.modules["{LIBRARY}"] = None
from unit.plugins.modules.harness import Host
from unit.plugins.modules.registry import VALID
outcome = Host(Path(sys.argv[1])).run("{module}", VALID["{module}"])
print(outcome.code, outcome.msg)
"""
    said = in_a_process_of_its_own(code, str(tmp_path))
    assert said.startswith("1 Failed to import the required Python library (requests) on ")
    assert sys.executable in said or "Python" in said
    assert "Traceback" not in said


def test_a_missing_library_is_noticed_before_anything_is_sent(
    host: Host, emu: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_module, "REQUESTS_IMPORT_ERROR", "ImportError: no such library")
    outcome = host.run(TENCENT, {**VALID[TENCENT], "_ansible_verbosity": 3})
    assert "Failed to import the required Python library (requests)" in outcome.msg
    assert emu.log == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_runs_as_a_script(host: Host, emu: Emulator, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(emu, module)
    path = str(load(module).__file__)
    script = SimpleNamespace(main=lambda: runpy.run_path(path, run_name="__main__"))
    monkeypatch.setattr(harness, "load", lambda _module: script)
    assert host.run(module, VALID[module], check=True).result["changed"] is (module not in UNCHANGED)


LOADED = """
import importlib, json, sys
import ansible.module_utils.basic
import requests, urllib3
before = set(sys.modules)
importlib.import_module("ansible_collections.secops.cfw.plugins.modules." + sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_what_it_uses_and_nothing_else(module: str) -> None:
    loaded = json.loads(in_a_process_of_its_own(LOADED, module))
    own = "ansible_collections.secops.cfw.plugins.module_utils."
    cloud = f"_{cloud_of(module)}"
    others = set(_clouds()) - {cloud}
    assert others
    assert {name for name in loaded if name.startswith(own + cloud)}
    assert not [name for name in loaded if any(name.startswith(own + other) for other in others)]
    foreign = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names)
    # requests and what it takes along are there already.
    assert foreign == {"ansible_collections"}


def _clouds() -> list[str]:
    folders = (ROOT / "plugins" / "module_utils").glob("_[a-z]*/")
    return [path.name for path in folders if path.is_dir()]


@pytest.mark.parametrize("module", sorted(UNCHANGED))
def test_long_lists_are_printed_as_short_ones_are(
    host: Host, emu: Emulator, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    prepare(emu, module)
    usual = host.run(module, VALID[module])
    monkeypatch.setattr(_module, "_LONG", -1)
    long = host.run(module, VALID[module])
    assert not usual.failed
    assert long.result.keys() == usual.result.keys()
    # What goes by this machine's clock is another second's.
    passing = {"clock": None, "window": None}
    assert {**long.result, **passing} == {**usual.result, **passing}
