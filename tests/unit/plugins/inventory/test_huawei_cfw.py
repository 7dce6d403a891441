# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin in this process, against the emulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.doc_fragments import constructed, inventory_cache

from ansible_collections.secops.cfw.plugins.doc_fragments import huawei
from ansible_collections.secops.cfw.plugins.inventory import huawei_cfw
from emulator import HUAWEI_FIREWALL, HUAWEI_OBJECT, HUAWEI_PROJECT_ID, HUAWEI_VPC_OBJECT, Emulator

NAME = "secops.cfw.huawei_cfw"


class Played:
    """A folder with a configuration file, and what the plugin makes of it."""

    def __init__(self, folder: Path, warnings: list[str]) -> None:
        self.path = folder / "test.huawei_cfw.yml"
        self.folder = folder
        self.warnings = warnings

    def parse(self, *, refresh: bool = False, **config: Any) -> InventoryData:
        self.path.write_text(yaml.safe_dump({"plugin": NAME, "retries": 0, **config}), encoding="utf-8")
        plugin = huawei_cfw.InventoryModule()
        plugin._load_name = NAME
        plugin._redirected_names = [NAME]
        plugin.ansible_name = NAME
        plugin.display.warning = lambda message, *_more, **_options: self.warnings.append(str(message))
        inventory = InventoryData()
        plugin.parse(inventory, DataLoader(), str(self.path), cache=not refresh)
        if config.get("cache"):
            plugin.update_cache_if_changed()
        return inventory


@pytest.fixture(scope="module", autouse=True)
def _documented_options() -> None:
    """Ansible's loader reads the options from the documentation; here it is done by hand."""
    texts = [
        constructed.ModuleDocFragment.DOCUMENTATION,
        inventory_cache.ModuleDocFragment.DOCUMENTATION,
        huawei.ModuleDocFragment.DOCUMENTATION,
        huawei_cfw.DOCUMENTATION,
    ]
    merged: dict[str, Any] = {}
    for text in texts:
        for name, option in yaml.safe_load(text)["options"].items():
            merged[name] = {**merged.get(name, {}), **option}
    constants.config.initialize_plugin_configuration_definitions("inventory", NAME, merged)


@pytest.fixture
def played(emu: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    for name, value in emu.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    warnings: list[str] = []
    monkeypatch.setattr(huawei_cfw.InventoryModule, "display", _Silent(), raising=False)
    return Played(tmp_path, warnings)


class _Silent:
    warning: Any

    def debug(self, *_arguments: Any, **_options: Any) -> None:
        """Nobody reads it here."""

    vvv = vvvv = deprecated = debug


def variables(inventory: InventoryData, host: str) -> dict[str, Any]:
    found = inventory.get_host(host)
    assert found is not None, sorted(inventory.hosts)
    vars_: dict[str, Any] = found.get_vars()
    return vars_


def members(inventory: InventoryData, group: str) -> list[str]:
    return sorted(host.name for host in inventory.groups[group].get_hosts()) if group in inventory.groups else []


def test_firewalls_are_hosts_with_what_the_modules_need(emu: Emulator, played: Played) -> None:
    inventory = played.parse()
    assert sorted(inventory.hosts) == ["cfw-edge", "cfw-ipv4-only"]
    found = variables(inventory, "cfw-edge")
    assert found["huawei_cfw_fw_instance_id"] == HUAWEI_FIREWALL
    assert found["huawei_cfw_region"] == "cn-north-4"
    assert found["huawei_cfw_project_id"] == HUAWEI_PROJECT_ID
    assert found["huawei_cfw_object_id"] == HUAWEI_OBJECT
    assert found["huawei_cfw_vpc_object_id"] == HUAWEI_VPC_OBJECT
    assert found["ansible_connection"] == "local"
    assert members(inventory, "huawei_cfw") == ["cfw-edge", "cfw-ipv4-only"]
    assert members(inventory, "huawei_cfw_region_cn_north_4") == ["cfw-edge", "cfw-ipv4-only"]
    assert members(inventory, "huawei_cfw_status_running") == ["cfw-edge", "cfw-ipv4-only"]
    assert emu.writes() == 0
    assert emu.calls() == {"ListFirewallList": 1, "ListFirewallDetail": 2}


def test_without_details_one_call_serves(emu: Emulator, played: Played) -> None:
    inventory = played.parse(details=False)
    assert variables(inventory, "cfw-edge")["huawei_cfw_object_id"] == ""
    assert emu.calls() == {"ListFirewallList": 1}


def test_status_tags_and_names(emu: Emulator, played: Played) -> None:
    emu.seed(
        huawei={
            "remove_firewalls": "all",
            "firewalls": [
                {"fw_instance_id": "a-1", "fw_instance_name": "twin", "status": 2, "tags": {"stage": "prod", "x": ""}},
                {"fw_instance_id": "a-2", "fw_instance_name": "twin", "status": 3},
                {"fw_instance_id": "a-3", "fw_instance_name": "{{ 1 + 1 }}", "status": 2, "tags": {"k": "{{ 2 + 2 }}"}},
            ],
        }
    )
    inventory = played.parse(
        compose={"where": "huawei_cfw_region ~ '/' ~ huawei_cfw_name"},
        groups={"twins": "huawei_cfw_name == 'twin'"},
        keyed_groups=[{"key": "huawei_cfw_status", "prefix": "is"}],
    )
    assert sorted(inventory.hosts) == ["twin_a-1", "twin_a-2", "{{ 1 + 1 }}"]
    assert variables(inventory, "twin_a-1")["where"] == "cn-north-4/twin"
    assert variables(inventory, "{{ 1 + 1 }}")["huawei_cfw_tags"] == {"k": "{{ 2 + 2 }}"}
    assert members(inventory, "huawei_cfw_tag_stage_prod") == ["twin_a-1"]
    assert members(inventory, "huawei_cfw_tag_x") == ["twin_a-1"]
    assert members(inventory, "huawei_cfw_status_upgrading") == ["twin_a-2"]
    assert members(inventory, "twins") == ["twin_a-1", "twin_a-2"]
    assert members(inventory, "is_upgrading") == ["twin_a-2"]
    assert sorted(played.parse(status=["upgrading"]).hosts) == ["twin"]


def test_one_source_that_fails_does_not_hide_the_others(emu: Emulator, played: Played) -> None:
    sources = [{"region": "cn-north-4"}, {"region": "ap-southeast-3", "endpoint": "http://127.0.0.1:1"}]
    inventory = played.parse(sources=sources)
    assert sorted(inventory.hosts) == ["cfw-edge", "cfw-ipv4-only"]
    assert [warning for warning in played.warnings if "ap-southeast-3" in warning and "No connection" in warning]
    with pytest.raises(AnsibleError, match="ap-southeast-3"):
        played.parse(sources=sources, strict=True)


def test_all_sources_fail(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "not-the-right-secret-key")
    with pytest.raises(AnsibleError, match=r"APIGW\.0301") as caught:
        played.parse()
    assert "not-the-right-secret-key" not in str(caught.value)


def test_the_same_firewall_in_two_sources_is_one_host(played: Played) -> None:
    inventory = played.parse(
        sources=[{"region": "cn-north-4"}, {"region": "cn-north-4", "project_id": HUAWEI_PROJECT_ID}]
    )
    assert sorted(inventory.hosts) == ["cfw-edge", "cfw-ipv4-only"]


def test_cached_firewalls_need_neither_cloud_nor_credential(
    emu: Emulator, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "jsonfile",
        "cache_connection": str(played.folder / "cache"),
    }
    played.parse(**cache)
    (stored,) = (played.folder / "cache").iterdir()
    assert emu.environ["HUAWEICLOUD_SDK_SK"] not in stored.read_text(encoding="utf-8")
    assert HUAWEI_FIREWALL in json.dumps(json.loads(stored.read_text(encoding="utf-8")))
    emu.clear_log()
    monkeypatch.delenv("HUAWEICLOUD_SDK_AK")
    assert sorted(played.parse(**cache).hosts) == ["cfw-edge", "cfw-ipv4-only"]
    assert emu.log == []
    with pytest.raises(AnsibleError, match="HUAWEICLOUD_SDK_AK"):
        played.parse(refresh=True, **cache)


def test_an_incomplete_inventory_is_not_cached(emu: Emulator, played: Played) -> None:
    cache: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "jsonfile",
        "cache_connection": str(played.folder / "cache"),
        "sources": [{"region": "cn-north-4"}, {"region": "cn-east-3", "endpoint": "http://127.0.0.1:1"}],
    }
    played.parse(**cache)
    emu.clear_log()
    played.parse(**cache)
    assert emu.calls()["ListFirewallList"] == 1


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"sources": [{"regoin": "cn-north-4"}]}, r"sources\[0\]: regoin is not known there; it takes region"),
        ({"status": ["runing"]}, "status 'runing' is none; known are"),
        ({"region": "Beijing!"}, "region 'Beijing!' is not a region id"),
    ],
)
def test_bad_configuration(emu: Emulator, played: Played, config: dict[str, Any], expected: str) -> None:
    with pytest.raises(AnsibleError, match=expected):
        played.parse(**config)
    assert emu.log == []


def test_looked_up_keys(emu: Emulator, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SECRET", emu.environ["HUAWEICLOUD_SDK_SK"])
    monkeypatch.delenv("HUAWEICLOUD_SDK_SK")
    inventory = played.parse(
        access_key=emu.environ["HUAWEICLOUD_SDK_AK"],
        secret_key="{{ lookup('env', 'MY_SECRET') }}",
        project_id=HUAWEI_PROJECT_ID,
    )
    assert sorted(inventory.hosts) == ["cfw-edge", "cfw-ipv4-only"]


@pytest.mark.parametrize(
    ("name", "right"), [("prod.huawei_cfw.yml", True), ("huawei_cfw.yaml", True), ("prod.yml", False)]
)
def test_file_names(tmp_path: Path, name: str, right: bool) -> None:
    (tmp_path / name).write_text("plugin: x\n", encoding="utf-8")
    assert huawei_cfw.InventoryModule().verify_file(str(tmp_path / name)) is right
