# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin in this process, against the emulator."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
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
SINGAPORE = "ap-southeast-3"
SINGAPORE_PROJECT = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"


class Played:
    """A folder with a configuration file, and what the plugin makes of it."""

    def __init__(self, folder: Path, warnings: list[str]) -> None:
        self.path = folder / "test.huawei_cfw.yml"
        self.folder = folder
        self.warnings = warnings

    def write(self, config: Mapping[str, Any]) -> None:
        self.path.write_text(yaml.safe_dump({"plugin": NAME, "retries": 0, **config}), encoding="utf-8")

    def graph(self, *before: Path, **config: Any) -> tuple[str, str]:
        """What `ansible-inventory --graph` prints, and its warnings as one line; the other sources come first."""
        self.write(config)
        sources = [argument for path in (*before, self.path) for argument in ("-i", str(path))]
        done = subprocess.run(
            [str(Path(sys.executable).with_name("ansible-inventory")), *sources, "--graph"],
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(Path(str(huawei_cfw.__file__)).parents[5]),
                "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_LOCALHOST_WARNING": "0",
                "COLUMNS": "400",
                "LC_ALL": "C.UTF-8",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout, re.sub(r"\s+", " ", done.stderr)

    def parse(self, *, refresh: bool = False, into: InventoryData | None = None, **config: Any) -> InventoryData:
        self.write(config)
        plugin = huawei_cfw.InventoryModule()
        plugin._load_name = NAME
        plugin._redirected_names = [NAME]
        plugin.ansible_name = NAME
        plugin.display.warning = lambda message, *_more, **_options: self.warnings.append(str(message))
        inventory = into or InventoryData()
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


@pytest.fixture
def singapore(emu: Emulator) -> Iterator[Emulator]:
    """The firewall service of a second region, with one firewall; the first one's IAM knows its project."""
    project = {"id": SINGAPORE_PROJECT, "name": SINGAPORE}
    emu.seed(huawei={"projects": [project]})
    with Emulator() as second:
        second.reset(service_region=SINGAPORE)
        firewalls = [{"fw_instance_id": "s-1", "fw_instance_name": "cfw-edge"}]
        second.seed(huawei={"projects": [project], "remove_firewalls": "all", "firewalls": firewalls})
        yield second


def only_firewalls(emu: Emulator, *rows: Mapping[str, Any]) -> None:
    emu.seed(huawei={"remove_firewalls": "all", "firewalls": list(rows)})


def projects_asked(emu: Emulator) -> set[str]:
    return {row["path"].split("/")[2] for row in emu.log if row["call"] == "ListFirewallList"}


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
    emu.seed(huawei={"projects": [{"id": SINGAPORE_PROJECT, "name": SINGAPORE}]})
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


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({"status": ["creating"]}, True),
        ({"details": False}, True),
        ({"sources": [{"enterprise_project_id": "0"}]}, True),
        ({"endpoint": "http://127.0.0.1:1", "strict": True}, True),
        ({"profile": "other"}, True),
        ({"access_key": "ANOTHER", "secret_key": "another"}, True),
        ({"hostname": "id"}, False),
        ({"keyed_groups": [{"key": "huawei_cfw_status"}]}, False),
        ({"timeout": 5}, False),
        ({"region": "cn-north-4"}, False),
    ],
)
def test_cached_firewalls_are_those_of_the_configuration(
    emu: Emulator, played: Played, change: dict[str, Any], again: bool
) -> None:
    cache: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "jsonfile",
        "cache_connection": str(played.folder / "cache"),
    }
    played.parse(**cache)
    emu.clear_log()
    try:
        asked = bool(not played.parse(**cache, **change).hosts or emu.log)
    except AnsibleError:
        asked = True
    assert asked is again
    emu.clear_log()
    assert len(played.parse(**cache).hosts) == 2
    assert emu.log == []


def test_cached_firewalls_are_those_of_the_region(
    emu: Emulator, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "jsonfile",
        "cache_connection": str(played.folder / "cache"),
    }
    played.parse(**cache)
    monkeypatch.setenv("HW_REGION_NAME", SINGAPORE)
    assert variables(played.parse(**cache), "cfw-edge")["huawei_cfw_region"] == SINGAPORE


def test_a_key_that_cannot_be_looked_up_is_not_missed_with_a_cache(
    emu: Emulator, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    config: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "jsonfile",
        "cache_connection": str(played.folder / "cache"),
        "access_key": "{{ lookup('file', 'key') }}",
        "secret_key": "{{ lookup('env', 'MY_SECRET') }}",
        "project_id": HUAWEI_PROJECT_ID,
    }
    monkeypatch.setenv("MY_SECRET", emu.environ["HUAWEICLOUD_SDK_SK"])
    monkeypatch.chdir(played.folder)
    key = played.folder / "key"
    key.write_text(emu.environ["HUAWEICLOUD_SDK_AK"], encoding="utf-8")
    played.parse(**config)
    key.unlink()
    emu.clear_log()
    assert sorted(played.parse(**config).hosts) == ["cfw-edge", "cfw-ipv4-only"]
    assert emu.log == []


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
        ({"sources": [{}, None]}, r"^sources\[1\] is empty; it has to be a dictionary, such as \{region: cn-north-4\}"),
        ({"sources": ["cn-north-4"]}, r"^sources\[0\] is 'cn-north-4'; it has to be a dictionary"),
        ({"sources": "cn-north-4"}, r"^sources\[0\] is 'cn-north-4'; it has to be a dictionary"),
        ({"sources": [{"region": ["cn-north-4"]}]}, r"sources\[0\]: region is a list or a dictionary"),
        ({"status": [None, "running"]}, "status None is none; known are"),
        ({"hostname": "region"}, "hostname"),
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


# Names


def test_names_that_are_groups_too_on_the_command_line(emu: Emulator, played: Played) -> None:
    names = ["huawei_cfw", "huawei_cfw_status_running", "all", "ungrouped", "localhost", "mine", "edge", "web", "plain"]
    only_firewalls(
        emu,
        *({"fw_instance_id": f"i-{name}", "fw_instance_name": name, "tags": {"owner": "edge"}} for name in names),
    )
    before = played.folder / "static.yml"
    before.write_text(yaml.safe_dump({"web": {"hosts": {"web-1": None}}}), encoding="utf-8")
    graph, warnings = played.graph(
        before,
        groups={"mine": "huawei_cfw_name == 'plain'"},
        keyed_groups=[{"key": "huawei_cfw_tags.owner", "separator": ""}],
    )
    hosts = ["plain", *(f"{name}_i-{name}" for name in names if name != "plain")]
    lines = graph.splitlines()
    inside = lines[lines.index("  |--@huawei_cfw:") + 1 :]
    end = next((at for at, line in enumerate(inside) if not line.startswith("  |  ")), len(inside))
    assert sorted(inside[:end]) == sorted(f"  |  |--{host}" for host in hosts)
    for group, its_hosts in (("mine", ["plain"]), ("edge", hosts), ("huawei_cfw_status_running", hosts)):
        at = lines.index(f"  |--@{group}:")
        assert sorted(lines[at + 1 : at + 1 + len(its_hosts)]) == sorted(f"  |  |--{host}" for host in its_hosts)
    assert warnings == ""


def test_a_group_with_the_name_of_a_host_is_left_out(emu: Emulator, played: Played) -> None:
    only_firewalls(
        emu,
        {"fw_instance_id": "a-1", "fw_instance_name": "edge", "tags": {"peer": "edge", "k": "static"}},
        {"fw_instance_id": "a-2", "fw_instance_name": "core", "tags": {"peer": "static", "k": "static"}},
    )
    before = played.folder / "static.yml"
    before.write_text(yaml.safe_dump({"all": {"hosts": {"static": None}}}), encoding="utf-8")
    graph, warnings = played.graph(
        before,
        keyed_groups=[
            {"key": "huawei_cfw_tags.peer", "separator": "", "parent_group": "peers"},
            {"key": "huawei_cfw_tags.k", "prefix": "k"},
        ],
    )
    assert "|--@huawei_cfw:\n  |  |--edge_a-1\n  |  |--core\n" in graph
    assert "|--@k_static:\n  |  |--edge_a-1\n  |  |--core\n" in graph
    assert "|--@peers:\n  |  |--@edge:\n  |  |  |--edge_a-1\n" in graph
    assert "@static" not in graph
    assert "Group static is left out, for a host has that name" in warnings


def test_groups_that_would_hold_themselves_break_nothing(emu: Emulator, played: Played) -> None:
    only_firewalls(emu, {"fw_instance_id": "a-1", "fw_instance_name": "edge", "tags": {"k": "all", "o": "me"}})
    graph, warnings = played.graph(
        keyed_groups=[
            {"key": "huawei_cfw_tags.k", "separator": "", "parent_group": "above"},
            {"key": "huawei_cfw_tags.o", "separator": "", "parent_group": "me"},
        ]
    )
    assert "|--@huawei_cfw:\n  |  |--edge\n" in graph
    assert "|--@me:\n  |  |--edge\n" in graph
    assert "Group all is not put into group above" in warnings
    assert "Group me is not put into group me" in warnings


def test_a_group_that_is_named_after_the_host_gives_way(emu: Emulator, played: Played) -> None:
    only_firewalls(emu, {"fw_instance_id": "a1", "fw_instance_name": "edge"})
    inventory = played.parse(
        keyed_groups=[{"key": "inventory_hostname", "separator": "", "parent_group": "named"}, {"key": "'x'"}],
        groups={"every": "true"},
    )
    assert members(inventory, "huawei_cfw") == members(inventory, "every") == members(inventory, "_x") == ["edge_a1"]
    assert list(inventory.hosts) == ["edge_a1"]
    assert "edge_a1" not in inventory.groups
    assert [warning for warning in played.warnings if "Group edge_a1 is left out" in warning]


def test_no_name_is_given_twice(emu: Emulator, played: Played) -> None:
    only_firewalls(
        emu,
        {"fw_instance_id": "a-1", "fw_instance_name": "twin"},
        {"fw_instance_id": "a-2", "fw_instance_name": "twin"},
        {"fw_instance_id": "a-3", "fw_instance_name": "twin_a-2"},
    )
    assert sorted(played.parse().hosts) == ["twin_a-1", "twin_a-2", "twin_a-2_a-2"]


def test_firewalls_of_other_inventory_files_keep_their_hosts(emu: Emulator, played: Played) -> None:
    only_firewalls(emu, {"fw_instance_id": "a-1", "fw_instance_name": "edge"})
    first = played.parse()
    assert sorted(played.parse(into=first).hosts) == ["edge"]
    only_firewalls(emu, {"fw_instance_id": "a-2", "fw_instance_name": "edge"})
    both = played.parse(into=first)
    assert variables(both, "edge")["huawei_cfw_fw_instance_id"] == "a-1"
    assert variables(both, "edge_a-2")["huawei_cfw_fw_instance_id"] == "a-2"


def test_hosts_named_by_id_do_not_depend_on_others(emu: Emulator, singapore: Emulator, played: Played) -> None:
    def hosts(endpoint: str, hostname: str) -> list[str]:
        return sorted(
            played.parse(
                hostname=hostname,
                sources=[{"region": "cn-north-4"}, {"region": SINGAPORE, "endpoint": endpoint}],
            ).hosts
        )

    only_firewalls(emu, {"fw_instance_id": "n-1", "fw_instance_name": "cfw-edge"})
    assert hosts(singapore.url, "name") == ["cfw-edge_n-1", "cfw-edge_s-1"]
    assert hosts("http://127.0.0.1:1", "name") == ["cfw-edge"]
    assert hosts(singapore.url, "id") == ["n-1", "s-1"]
    assert hosts("http://127.0.0.1:1", "id") == ["n-1"]


def test_an_id_in_the_lists_of_two_regions_is_one_host_and_reported(
    emu: Emulator, singapore: Emulator, played: Played
) -> None:
    only_firewalls(emu, {"fw_instance_id": "s-1", "fw_instance_name": "cfw-edge"})
    inventory = played.parse(sources=[{"region": "cn-north-4"}, {"region": SINGAPORE, "endpoint": singapore.url}])
    assert list(inventory.hosts) == ["cfw-edge"]
    assert members(inventory, "huawei_cfw_region_cn_north_4") == ["cfw-edge"]
    assert members(inventory, "huawei_cfw_region_ap_southeast_3") == []
    assert [warning for warning in played.warnings if "s-1 is in the lists of cn-north-4 and ap-southeast-3" in warning]


# Projects belong to regions


def use_profile(played: Played, emu: Emulator, name: str, project_id: str) -> None:
    path = played.folder / ".huaweicloud" / "credentials"
    path.parent.mkdir(exist_ok=True)
    keys = f"ak = {emu.environ['HUAWEICLOUD_SDK_AK']}\nsk = {emu.environ['HUAWEICLOUD_SDK_SK']}\n"
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"[{name}]\n{keys}project_id = {project_id}\n")


@pytest.mark.parametrize("shared_region", ["option", "environment", "none"])
@pytest.mark.parametrize("project", ["option", "environment", "HW_PROJECT_ID", "profile", "basic"])
def test_a_configured_project_is_not_taken_to_other_regions(
    emu: Emulator,
    singapore: Emulator,
    played: Played,
    monkeypatch: pytest.MonkeyPatch,
    project: str,
    shared_region: str,
) -> None:
    config: dict[str, Any] = {
        "strict": True,
        "sources": [{"region": "cn-north-4"}, {"region": SINGAPORE, "endpoint": singapore.url}],
    }
    if project != "environment":
        monkeypatch.delenv("HUAWEICLOUD_SDK_PROJECT_ID")
    if project == "option":
        config["project_id"] = HUAWEI_PROJECT_ID
    if project == "HW_PROJECT_ID":
        monkeypatch.setenv("HW_ACCESS_KEY", emu.environ["HUAWEICLOUD_SDK_AK"])
        monkeypatch.setenv("HW_SECRET_KEY", emu.environ["HUAWEICLOUD_SDK_SK"])
        monkeypatch.setenv("HW_PROJECT_ID", HUAWEI_PROJECT_ID)
    if project in ("profile", "basic"):
        use_profile(played, emu, project, HUAWEI_PROJECT_ID)
    if project == "profile":
        config["profile"] = project
    if project in ("HW_PROJECT_ID", "basic"):
        monkeypatch.delenv("HUAWEICLOUD_SDK_AK")
        monkeypatch.delenv("HUAWEICLOUD_SDK_SK")
    if shared_region != "environment":
        monkeypatch.delenv("HW_REGION_NAME")
    if shared_region == "option":
        config["region"] = "cn-north-4"
    inventory = played.parse(**config)
    assert projects_asked(emu) == {HUAWEI_PROJECT_ID}
    assert projects_asked(singapore) == {SINGAPORE_PROJECT}
    assert emu.calls()["KeystoneListProjects"] == (2 if shared_region == "none" else 1)
    found = variables(inventory, "cfw-edge_s-1")
    assert (found["huawei_cfw_region"], found["huawei_cfw_project_id"]) == (SINGAPORE, SINGAPORE_PROJECT)
    assert found["huawei_cfw_profile"] == config.get("profile", "")


def test_one_region_keeps_the_configured_project(emu: Emulator, played: Played) -> None:
    emu.seed(huawei={"projects": [{"id": "f" * 32, "name": "cn-north-4_web"}]})
    for config in (
        {"region": "cn-north-4", "sources": [{"enterprise_project_id": "0"}]},
        {"sources": [{"region": "cn-north-4"}, {"region": "cn-north-4", "enterprise_project_id": "0"}]},
    ):
        emu.clear_log()
        played.parse(project_id="f" * 32, **config)
        assert projects_asked(emu) == {"f" * 32}
        assert "KeystoneListProjects" not in emu.calls()


def test_an_entry_in_the_shared_region_keeps_the_configured_project(
    emu: Emulator, singapore: Emulator, played: Played
) -> None:
    emu.seed(huawei={"projects": [{"id": "f" * 32, "name": "cn-north-4_web"}]})
    played.parse(
        region="cn-north-4", project_id="f" * 32, sources=[{}, {"region": SINGAPORE, "endpoint": singapore.url}]
    )
    assert projects_asked(emu) == {"f" * 32}
    assert projects_asked(singapore) == {SINGAPORE_PROJECT}


def test_a_project_of_an_entry_is_used(emu: Emulator, singapore: Emulator, played: Played) -> None:
    played.parse(
        sources=[
            {"region": "cn-north-4", "project_id": HUAWEI_PROJECT_ID},
            {"region": SINGAPORE, "endpoint": singapore.url, "project_id": SINGAPORE_PROJECT},
        ]
    )
    assert projects_asked(singapore) == {SINGAPORE_PROJECT}
    assert "KeystoneListProjects" not in emu.calls()


def test_profiles_of_entries_bring_their_projects(
    emu: Emulator, singapore: Emulator, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HW_REGION_NAME")
    use_profile(played, emu, "north", HUAWEI_PROJECT_ID)
    use_profile(played, emu, "south", SINGAPORE_PROJECT)
    inventory = played.parse(
        sources=[
            {"region": "cn-north-4", "profile": "north"},
            {"region": SINGAPORE, "profile": "south", "endpoint": singapore.url},
        ]
    )
    assert "KeystoneListProjects" not in emu.calls()
    assert variables(inventory, "cfw-edge_s-1")["huawei_cfw_profile"] == "south"


@pytest.mark.parametrize(
    ("config", "region", "label"),
    [
        ({}, "cn-north-4", "of cn-north-4: "),
        ({"sources": [{}]}, "cn-north-4", "of cn-north-4 (sources[0]): "),
        ({"region": SINGAPORE}, "cn-north-4", f"of {SINGAPORE}: "),
        ({}, "", "of http://127.0.0.1:1: "),
    ],
)
def test_a_failing_source_is_named(
    played: Played, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any], region: str, label: str
) -> None:
    monkeypatch.setenv("HUAWEICLOUD_CFW_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("HW_REGION_NAME", region)
    with pytest.raises(AnsibleError, match=re.escape(f"could not be read {label}")):
        played.parse(**config)
