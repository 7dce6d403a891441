# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules' documentation says is what they do; for every module that there is.

A new module needs valid options and, as scenarios, runs that show everything it returns; `registry` knows where they are.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from emulator import HUAWEI_FIREWALL, HUAWEI_OBJECT, Emulator
from unit.plugins.modules import registry
from unit.plugins.modules.harness import HUAWEI, MODULES, ROOT, TENCENT, Host, Outcome, cloud_of, load, spec_of
from unit.plugins.modules.registry import VALID

COLLECTION = "secops.cfw"
# What ansible-core adds to every result.
COMMON = {"invocation", "warnings", "failed", "msg", "changed"}
TYPES: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}
SECRET_NAME = re.compile("key|token|secret|password")
PROTECTED_FILE = "/etc/secops/protected.txt"


@pytest.fixture(scope="session")
def documentation(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ansible-doc shows of every module, its fragments included."""
    tree = Path(str(load(MODULES[0]).__file__)).parents[5]
    command = [str(Path(sys.executable).with_name("ansible-doc")), "--type", "module", "--json"]
    done = subprocess.run(
        [*command, *(f"{COLLECTION}.{module}" for module in MODULES)],
        env={
            "ANSIBLE_COLLECTIONS_PATH": str(tree),
            "HOME": str(tmp_path_factory.mktemp("home")),
            "LC_ALL": "C.UTF-8",
            "PATH": os.environ["PATH"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    return {module: found[f"{COLLECTION}.{module}"] for module in MODULES}


# Options


def comparable(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a program can compare of options, documented or specified."""
    return {
        name: {
            "type": option.get("type", "str"),
            "elements": option.get("elements"),
            "choices": list(option["choices"]) if option.get("choices") else None,
            "default": option.get("default"),
            "required": bool(option.get("required")),
            "suboptions": comparable(option.get("suboptions") or option.get("options") or {}),
        }
        for name, option in options.items()
    }


@pytest.mark.parametrize("module", MODULES)
def test_the_options_are_documented_as_they_are(documentation: dict[str, Any], module: str) -> None:
    documented = comparable(documentation[module]["doc"]["options"])
    real = comparable(spec_of(module).to_kwargs()["argument_spec"])
    assert documented == real


@pytest.mark.parametrize("module", MODULES)
def test_what_is_required_with_another_option_says_so(documentation: dict[str, Any], module: str) -> None:
    options = documentation[module]["doc"]["options"]
    for option, value, names in spec_of(module).required_if:
        for name in names:
            assert f"Required with O({option}={value})" in " ".join(options[name]["description"]), name


@pytest.mark.parametrize("module", MODULES)
def test_every_secret_is_kept_out_of_logs(module: str) -> None:
    for name, option in spec_of(module).options.items():
        if SECRET_NAME.search(name):
            assert option.get("no_log") is True, name


@pytest.mark.parametrize("module", MODULES)
def test_every_option_and_value_that_the_text_names_exists(documentation: dict[str, Any], module: str) -> None:
    shown = json.dumps([documentation[module]["doc"], documentation[module]["return"]])
    options = spec_of(module).options
    named = re.findall(r"O\(([a-z_]+)(?:=([^)\"]*))?\)", shown)
    assert named
    for name, value in named:
        assert name in options
        if value and options[name].get("choices"):
            assert value in options[name]["choices"], (name, value)


def descriptions(tree: Any) -> Iterator[str]:
    """Every description at any depth."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            # An option may have that name as well.
            if key == "description" and not isinstance(value, Mapping):
                yield from [value] if isinstance(value, str) else value
            elif key != "seealso":
                yield from descriptions(value)


@pytest.mark.parametrize("module", MODULES)
def test_everything_is_described_in_sentences(documentation: dict[str, Any], module: str) -> None:
    found = list(descriptions([documentation[module]["doc"], documentation[module]["return"]][0]))
    found += list(descriptions(documentation[module]["return"]))
    assert len(found) > 50
    for text in found:
        assert re.fullmatch(r"(?s)[A-ZVOCE].*\.", text), text
    assert len((ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8").splitlines()) > 100


# Results

Runs = Iterator[Outcome]


def capture_task_runs(host: Host, emu: Emulator) -> Runs:
    options = VALID[HUAWEI]
    yield host.run(HUAWEI, options, check=True, diff=True)
    yield host.run(HUAWEI, options, diff=True)
    yield host.run(HUAWEI, options)
    yield host.run(HUAWEI, {**options, "duration": 6})
    yield host.run(HUAWEI, {**options, "duration": 6, "replace": True})
    yield host.run(HUAWEI, {**options, "name": "INC-2042"})
    yield host.run(HUAWEI, {**options, "wait": "finished", "wait_timeout": 0})
    yield host.run(HUAWEI, {**options, "state": "absent"})
    yield host.run(HUAWEI, {**options, "state": "absent"})
    yield host.run(HUAWEI, {**options, "state": "stopped"})
    yield host.run(HUAWEI, {**options, "duration": 0})
    yield host.run(HUAWEI, {**options, "access_key": "half"})
    yield host.run(HUAWEI, options, environ={"HUAWEICLOUD_SDK_SK": "wrong-key-0000000000"})
    yield host.run(HUAWEI, {**options, "retries": 0}, environ={"HUAWEICLOUD_CFW_ENDPOINT": "http://127.0.0.1:1"})
    emu.reset(unique_names=False)
    emu.seed(huawei={"tasks": [{"name": "INC-2041"}, {"name": "INC-2041", "status": 0}]})
    yield host.run(HUAWEI, options)
    emu.reset(list_lag_calls=100)
    yield host.run(HUAWEI, {**options, "settle_timeout": 0})
    emu.reset()
    emu.fault(call="ListCaptureTask", kind="html", status=502, times=0)
    yield host.run(HUAWEI, {**options, "retries": 0})
    emu.reset()
    emu.fault(call="ListCaptureTask", kind="not_json_200", times=0)
    yield host.run(HUAWEI, {**options, "retries": 0})


def alert_rule_runs(host: Host, emu: Emulator) -> Runs:
    options = VALID[TENCENT]
    ip = options["ips"][0]
    alert = {"log_id": "log-1", "src_ip": "192.88.99.9", "dst_ip": "192.88.99.20"}
    path = host.write("protected.txt", "192.88.99.128/25\n")
    protection = {"protected_file": str(path), "allow_protected_reason": "a drill"}
    yield host.run(TENCENT, options, check=True, diff=True)
    yield host.run(TENCENT, options, diff=True)
    yield host.run(TENCENT, options)
    yield host.run(TENCENT, {**options, "return_rules": "changed"})
    yield host.run(TENCENT, {**options, "direction": "both", "duration": "30d", "renew_within": "29d"})
    yield host.run(TENCENT, {**options, "action": "allow"})
    yield host.run(TENCENT, {**options, "state": "absent"})
    yield host.run(TENCENT, {**options, "ips": ["192.88.99.200"], **protection})
    yield host.run(TENCENT, {**options, "ips": ["192.88.99.200"], "allow_protected": "192.88.99.200", **protection})
    yield host.run(TENCENT, {**options, "ips": ["10.0.0.1", "127.0.0.1"]})
    emu.seed(tencent={"alerts": [alert], "whitelist": [{"Ioc": ip}], "blocklist": [{"Ioc": "192.88.99.10"}]})
    yield host.run(TENCENT, {**options, "ips": [], "alert_ids": "log-1"})
    yield host.run(TENCENT, {**options, "ips": [], "alert_ids": "log-2"})
    yield host.run(TENCENT, {**options, "ips": [], "alert_ids": "log-2", "allow_unresolved": True, "settle_timeout": 0})
    yield host.run(TENCENT, {**options, "ips": [ip, "192.88.99.10"]})
    yield host.run(TENCENT, {**options, "batch_size": 0})
    yield host.run(TENCENT, {**options, "token": "half"})
    yield host.run(TENCENT, options, environ={"TENCENTCLOUD_SECRET_KEY": "wrong-key-0000000000"})
    yield host.run(TENCENT, {**options, "retries": 0}, environ={"TENCENTCLOUD_CFW_ENDPOINT": "http://127.0.0.1:1"})
    emu.reset(rate_limit=0, handle_type_swapped=True)
    yield host.run(TENCENT, {**options, "settle_timeout": 0})
    emu.reset(rate_limit=0, list_lag_calls=1000)
    yield host.run(TENCENT, {**options, "settle_timeout": 0})
    emu.reset(rate_limit=0)
    emu.fault(call="DescribeBlockIgnoreList", kind="html", status=502, times=0)
    yield host.run(TENCENT, {**options, "retries": 0})


SCENARIOS: dict[str, Callable[[Host, Emulator], Runs]] = {
    HUAWEI: capture_task_runs,
    TENCENT: alert_rule_runs,
    **registry.SCENARIOS,
}


def undocumented(value: Any, entry: Mapping[str, Any], where: str, seen: set[str]) -> Iterator[str]:
    """What of a returned value is not as `entry` of the documentation has it; notes in `seen` what was found."""
    seen.add(where)
    if value is None:
        if "V(null)" not in " ".join(_list(entry["description"])):
            yield f"{where} is null"
        return
    kind = TYPES[entry["type"]]
    if not isinstance(value, kind) or (isinstance(value, bool) and entry["type"] != "bool"):
        yield f"{where} is {value!r} and not of type {entry['type']}"
        return
    inside = entry.get("contains")
    for item in value if isinstance(value, list) else [value]:
        if isinstance(value, list) and not isinstance(item, TYPES[entry["elements"]]):
            yield f"{where} holds {item!r}"
        elif inside and isinstance(item, Mapping):
            for key, part in item.items():
                if key in inside:
                    yield from undocumented(part, inside[key], f"{where}.{key}", seen)
                else:
                    yield f"{where}.{key} is not documented"


def places(entries: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Everything that is documented, as dotted names."""
    for name, entry in entries.items():
        yield prefix + name
        yield from places(entry.get("contains") or {}, f"{prefix}{name}.")


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.parametrize("module", MODULES)
def test_the_results_are_documented_as_they_are(
    documentation: dict[str, Any], host: Host, emu: Emulator, module: str
) -> None:
    entries = documentation[module]["return"]
    outcomes = list(SCENARIOS[module](host, emu))
    assert any(outcome.failed for outcome in outcomes)
    seen: set[str] = set()
    wrong: set[str] = set()
    codes: set[str] = set()
    for outcome in outcomes:
        returned = {name: value for name, value in outcome.result.items() if name not in COMMON}
        wrong |= {f"{name} is not documented" for name in returned if name not in entries}
        for name, entry in entries.items():
            if name in returned:
                wrong |= set(undocumented(returned[name], entry, name, seen))
            when = entry["returned"]
            if when.startswith("always") or (when.startswith("success") and not outcome.failed):
                assert name in returned, (name, outcome.result)
            if when.startswith("failure") and not outcome.failed:
                assert name not in returned, (name, outcome.result)
        if outcome.failed:
            assert outcome.msg
            codes.add(outcome.result["error"]["code"])
    assert wrong == set()
    assert set(places(entries)) - seen == set()
    described = " ".join(entries["error"]["description"])
    for code in codes:
        if re.fullmatch("[a-z_]+", code):
            assert f"V({code})" in described
    assert len(codes) > 5


@pytest.mark.parametrize("module", MODULES)
def test_the_codes_that_are_documented_exist(documentation: dict[str, Any], module: str) -> None:
    described = " ".join(documentation[module]["return"]["error"]["description"])
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "plugins" / "module_utils").rglob("*.py"))
    sources += 'targets_refused" targets_failed" targets_unknown"' if 'f"targets_{' in sources else ""
    for code in re.findall(r"V\(([a-z]+(?:_[a-z]+)*)\)", described):
        assert f'{code}"' in sources, code


@pytest.mark.parametrize("module", MODULES)
def test_the_samples_have_the_documented_shape(documentation: dict[str, Any], module: str) -> None:
    for name, entry in documentation[module]["return"].items():
        wrong = set(undocumented(entry["sample"], entry, name, set()))
        assert wrong == set()


def test_every_module_has_scenarios() -> None:
    assert set(SCENARIOS) == set(MODULES)


# Examples


def tasks_of(module: str, examples: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tasks of the examples: name of the task, and options with those of `module_defaults`."""
    for item in yaml.safe_load(examples):
        defaults = item.get("module_defaults", {})
        for task in item.get("tasks", [item]):
            (action,) = set(task) - {"name", "register", "when", "loop", "vars", "delegate_to", "environment", "no_log"}
            assert action.startswith((f"{COLLECTION}.", "ansible.builtin.")), action
            if action == f"{COLLECTION}.{module}":
                group = f"group/{COLLECTION}.{cloud_of(module)}"
                assert set(defaults) <= {group}
                yield task["name"], {**defaults.get(group, {}), **task[action]}


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_have_valid_options_and_no_key(documentation: dict[str, Any], module: str) -> None:
    spec = spec_of(module)
    examples = documentation[module]["examples"]
    tasks = list(tasks_of(module, examples))
    assert tasks
    for name, options in tasks:
        assert ArgumentSpecValidator(**spec.to_kwargs()).validate(options).error_messages == [], name
        assert not [option for option in options if spec.options[option].get("no_log")], name
    assert "module_defaults:" in examples
    assert f"ansible localhost -m {COLLECTION}.{module} " in examples


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(documentation: dict[str, Any], host: Host, emu: Emulator, module: str) -> None:
    host.write(
        ".huaweicloud/credentials", "[incident-response]\nak = {}\nsk = {}\n".format(*keys(emu, "HUAWEICLOUD_SDK"))
    )
    identity, secret = keys(emu, "TENCENTCLOUD")
    host.write(".tccli/incident-response.credential", json.dumps({"secretId": identity, "secretKey": secret}))
    protected = str(host.write("protected.txt", "192.0.2.0/24\n"))
    alert = {"log_id": "a67d60bb5ede9b962ac19ad24b28be54", "src_ip": "192.88.99.9", "dst_ip": "192.88.99.20"}
    emu.seed(tencent={"alerts": [alert]}, huawei={"tasks": [{"task_id": "id-of-the-example", "status": 1}]})
    # Files, and not a link alone: what is fetched is in them.
    emu.switch(result_mode="files")
    for name, options in tasks_of(module, documentation[module]["examples"]):
        given = json.dumps(options).replace(PROTECTED_FILE, protected)
        given = re.sub(r"\{\{.*?\}\}", stand_in, given)
        outcome = host.run(module, json.loads(given), check=True)
        assert outcome.msg == "", name
        if module == HUAWEI:
            assert options["fw_instance_id"] == HUAWEI_FIREWALL
    assert emu.writes() == 0


def stand_in(expression: re.Match[str]) -> str:
    """What an expression of the examples would have yielded."""
    for attribute, value in {".fw_instance_id": HUAWEI_FIREWALL, ".object_id": HUAWEI_OBJECT}.items():
        if attribute in expression[0]:
            return value
    return "id-of-the-example"


def keys(emu: Emulator, family: str) -> list[str]:
    """The key id and the key of an environment family."""
    return [value for name, value in sorted(emu.environ.items()) if re.fullmatch(f"{family}_(AK|SK|SECRET_.*)", name)]
