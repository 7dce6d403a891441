# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: huawei_cfw
short_description: The firewalls of Huawei Cloud accounts as hosts
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Makes a host of every Cloud Firewall (CFW) of one or several regions and projects, so that a play runs across all of
    them.
  - The modules run on the controller. Hosts have C(ansible_connection=local) and the controller's Python, and variables
    C(huawei_cfw_*) that hold what the modules need.
  - Hosts are in the group C(huawei_cfw) and in groups by region, status and tag, such as
    C(huawei_cfw_region_cn_north_4), C(huawei_cfw_status_running) and C(huawei_cfw_tag_stage_production).
  - The configuration file's name has to end with C(huawei_cfw.yml) or C(huawei_cfw.yaml).
options:
  plugin:
    description:
      - The name of this plugin.
    type: str
    required: true
    choices: [secops.cfw.huawei_cfw, huawei_cfw]
  sources:
    description:
      - Where to look, if that is more than one region and project. Each entry overrides the options of the same name.
      - Without it, the one that the options name.
      - An entry takes O(region), O(project_id), O(enterprise_project_id), O(endpoint), O(iam_endpoint) and O(profile).
      - A project belongs to one region. An entry of another region than the shared one, which is that of O(region) or
        E(HW_REGION_NAME), does not inherit O(project_id), nor the project id that comes with the credential. IAM is
        asked for the project of its region, unless the entry has a O(project_id) of its own. Without a shared region,
        they hold if all entries name the same one.
      - The project id in a profile that an entry names holds if all entries with that profile name the same region.
      - An endpoint belongs to one region as well. With several regions, give it in the entries or not at all.
    type: list
    elements: dict
  hostname:
    description:
      - What a host is named after.
      - With V(name), it is the firewall's name. The id is appended, as in C(edge_ebf891cd-2163-48a0-9963-6309f99dd3c4),
        where several firewalls bear the name, and where it is the name of a group, of C(localhost), or begins with
        C(huawei_cfw). A firewall without a name has its id.
      - With V(id), it is the firewall's id, which stays the same whatever others are called, and whether or not all
        sources can be read. Choose it where names are repeated, and for O(strict=false) with C(host_vars).
    type: str
    choices: [name, id]
    default: name
  status:
    description:
      - Only firewalls in one of these statuses, in the words of M(secops.cfw.huawei_cfw_firewall_info).
      - By default, all.
    type: list
    elements: str
  details:
    description:
      - Whether to read what each firewall protects, for the variables C(huawei_cfw_object_id),
        C(huawei_cfw_vpc_object_id) and C(huawei_cfw_support_ipv6). It is one call for each firewall.
    type: bool
    default: true
  strict:
    description:
      - With V(true), a source that can't be read fails the inventory, and so does a template in O(compose),
        O(groups) or O(keyed_groups).
      - With V(false), a source that can't be read is reported in a warning, and the firewalls of the others are
        there; they are not cached then. If no source can be read, the inventory fails.
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
  - secops.cfw.huawei
notes:
  - A firewall is one host, in however many sources it is found; it is that of the first.
  - With O(hostname=name), two firewalls of one name in two regions have their ids appended. While one of the regions
    can't be read, the other's firewall has the plain name.
  - Groups of inventory sources that are read later are not known. Name the sources of such groups first.
  - A composed group that bears the name of a host is left out with a warning, and the others are there.
  - Names and tags come from the cloud. They are kept as they are, and never taken as templates.
  - With O(cache=true), cached firewalls are used without asking the cloud, and without a credential. They are those of
    one configuration. With other O(sources), O(status), O(details) or another region, project, profile or endpoint in
    the options, the cloud is asked. The environment does not count, except for E(HW_REGION_NAME) and
    E(HW_ENTERPRISE_PROJECT_ID) where no option takes their place.
  - The variables on a host hold no key. Modules find the credential by C(huawei_cfw_profile) or in the environment.
"""

EXAMPLES = r"""
# prod.huawei_cfw.yml: keys come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK)
plugin: secops.cfw.huawei_cfw
region: cn-north-4

---
# company.huawei_cfw.yml: several regions and projects, with cache
plugin: secops.cfw.huawei_cfw
profile: incident-response
sources:
  - region: cn-north-4
  - region: ap-southeast-3
  - region: cn-north-4
    project_id: 0a1b2c3d4e5f60718293a4b5c6d7e8f9
status:
  - running
keyed_groups:
  - key: huawei_cfw_tags.owner
    prefix: owner
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/huawei_cfw
cache_timeout: 3600

# A play on all running firewalls. What a host does not have is empty, which counts as not set:
#
#   - hosts: huawei_cfw_status_running
#     gather_facts: false
#     module_defaults:
#       group/secops.cfw.huawei:
#         profile: "{{ huawei_cfw_profile }}"
#         region: "{{ huawei_cfw_region }}"
#         project_id: "{{ huawei_cfw_project_id }}"
#         enterprise_project_id: "{{ huawei_cfw_enterprise_project_id }}"
#         endpoint: "{{ huawei_cfw_endpoint }}"
#         iam_endpoint: "{{ huawei_cfw_iam_endpoint }}"
#     tasks:
#       - secops.cfw.huawei_cfw_capture_task_info:
#           fw_instance_id: "{{ huawei_cfw_fw_instance_id }}"
"""

import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.secops.cfw.plugins.module_utils._connection import text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._huawei import options
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.credentials import resolve
from ansible_collections.secops.cfw.plugins.module_utils._huawei.firewalls import (
    INTERNET,
    STATUS_WORDS,
    UNKNOWN_STATUS,
    VPC,
    Firewall,
    list_firewalls,
    with_details,
)
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog

GROUP = "huawei_cfw"
OVERRIDES = ("region", "project_id", "enterprise_project_id", "endpoint", "iam_endpoint", "profile")
SECRETS = tuple(name for name, spec in options.HUAWEI.options.items() if spec.get("no_log"))
_EXAMPLE = "it has to be a dictionary, such as {region: cn-north-4}"
Row = dict[str, Any]


@dataclass(frozen=True)
class _Source:
    """Where to look, the credential aside. `own_project` is false where a project id from elsewhere is of another region."""

    label: str
    region: str
    params: Mapping[str, Any] = field(repr=False)
    own_project: bool = True


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # they have no types
    """Firewalls as hosts."""

    NAME = "secops.cfw.huawei_cfw"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("huawei_cfw.yml", "huawei_cfw.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        self._check_status()
        context = self._context()
        sources = self._sources(context)
        self.load_cache_plugin()
        key = f"{self.get_cache_key(path)}_{self._fingerprint(sources, context)}"
        # `cache` is false for a refresh, which asks the cloud and stores what it says.
        known = self._cache.get(key) if cache and self.get_option("cache") else None
        if known is None:
            rows, complete = self._read(sources)
            if complete and self.get_option("cache"):
                self._cache[key] = rows
        else:
            rows = known
        self._add_all(inventory, rows)

    def _context(self) -> Context:
        return Context(
            environ=os.environ,
            home=os.path.expanduser("~"),
            warn=self.display.warning,
            progress=self.display.debug,
        )

    # Configuration

    def _check_status(self) -> None:
        known = (*STATUS_WORDS.values(), UNKNOWN_STATUS)
        for word in self.get_option("status") or ():
            if word not in known:
                raise AnsibleParserError(f"status {word!r} is none; known are {', '.join(STATUS_WORDS.values())}")

    def _sources(self, context: Context) -> list[_Source]:
        """The sources; keys are not looked at, so that cached firewalls need none."""
        shared = {
            name: self._option(self.get_option(name)) if name in OVERRIDES else self.get_option(name)
            for name in options.HUAWEI.options
        }
        entries = self.get_option("sources")
        owns = [self._entry(index, entry) for index, entry in enumerate(entries or [{}])]
        merged = [{**shared, **own} for own in owns]
        home = text(shared, "region") or context.env(options.REGION_VARIABLE)
        regions = [text(params, "region") or home for params in merged]
        sources = []
        for index, (own, params, region) in enumerate(zip(owns, merged, regions)):
            label = region or text(params, "endpoint") or context.env(options.ENDPOINT_VARIABLE) or "the source"
            profile = text(params, "profile")
            of_profile = _only([where for other, where in zip(merged, regions) if text(other, "profile") == profile])
            # What the profile of this entry has is of the profile's region first, all else is of the shared one.
            of_credential = (home or of_profile) if profile == text(shared, "profile") else (of_profile or home)
            # Without a region nobody can be asked for the project, and the one that is known has to do.
            if "project_id" not in own and region not in ("", home or _only(regions)):
                params["project_id"] = None
            sources.append(
                _Source(
                    label=f"{label} (sources[{index}])" if entries else label,
                    region=region,
                    params=params,
                    own_project=bool(text(params, "project_id")) or region in ("", of_credential),
                )
            )
        return sources

    def _entry(self, index: int, entry: Any) -> dict[str, str]:
        """What an entry of `sources` sets; blank values count as not set."""
        where = f"sources[{index}]"
        if entry is None:
            raise AnsibleParserError(f"{where} is empty; {_EXAMPLE}")
        if not isinstance(entry, Mapping):
            raise AnsibleParserError(f"{where} is {str(entry)!r}; {_EXAMPLE}")
        own = {}
        for name, given in entry.items():
            if name not in OVERRIDES:
                raise AnsibleParserError(f"{where}: {name} is not known there; it takes {', '.join(OVERRIDES)}")
            value = self._option(given)
            if isinstance(value, (Mapping, list, tuple)):
                raise AnsibleParserError(f"{where}: {name} is a list or a dictionary; it has to be one text")
            if value is not None and str(value).strip():
                own[name] = str(value)
        return own

    def _option(self, value: Any) -> Any:
        """Keys are often looked up: `access_key: "{{ lookup('ansible.builtin.env', ...) }}"`."""
        return self.templar.template(value) if self.templar.is_template(value) else value

    def _fingerprint(self, sources: Sequence[_Source], context: Context) -> str:
        """What tells the cached firewalls of one configuration from those of another; of keys, the id's text at most."""
        told = [
            [
                source.region,
                text(source.params, "enterprise_project_id") or context.env(options.ENTERPRISE_PROJECT_VARIABLE),
                *(text(source.params, name) for name in ("project_id", "endpoint", "iam_endpoint", "profile")),
            ]
            for source in sources
        ]
        status = sorted(self.get_option("status") or ())
        # Not templated: what a key is looked up in may be out of reach now.
        account = str(self.get_option("access_key") or "")
        whole = json.dumps([told, status, bool(self.get_option("details")), account])
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    # Reading

    def _read(self, sources: Sequence[_Source]) -> tuple[list[Row], bool]:
        """The firewalls of all sources that can be read, and whether these are all."""
        rows: dict[str, Row] = {}
        failures: list[str] = []
        for source in sources:
            context = self._context()
            params = {
                name: value if name in OVERRIDES else self._option(value) for name, value in source.params.items()
            }
            context.redactor.add(*(params[name] for name in SECRETS))
            try:
                for row in self._firewalls(source, params, context):
                    # The id is the firewall's alone: one firewall is one host.
                    first = rows.setdefault(row["fw_instance_id"], row)
                    if first["region"] != row["region"]:
                        self.display.warning(
                            f"Firewall {row['fw_instance_id']} is in the lists of {first['region']} and {row['region']}, and "
                            f"a host of {first['region']} only; an endpoint serves one region, so check the endpoints"
                        )
            except CfwError as error:
                failures.append(f"{source.label}: {context.redactor.text(error.sentence())}")
                if self.get_option("strict"):
                    raise AnsibleParserError(f"The firewalls could not be read of {failures[-1]}") from None
        if failures and len(failures) == len(sources):
            raise AnsibleParserError(f"The firewalls could not be read of {'; '.join(failures)}")
        for failure in failures:
            self.display.warning(f"Firewalls are missing, for they could not be read of {failure}")
        return list(rows.values()), not failures

    def _firewalls(self, source: _Source, params: Mapping[str, Any], context: Context) -> Iterator[Row]:
        client = HuaweiCfw(params if source.own_project else _without_project(params, context), context, CallLog())
        wanted = self.get_option("status") or ()
        for firewall in list_firewalls(client):
            if not wanted or firewall.status in wanted:
                complete = with_details(client, firewall) if self.get_option("details") else firewall
                yield {
                    **_variables(complete),
                    "enterprise_project_id": complete.enterprise_project_id
                    or options.enterprise_project_id(params, context)
                    or "",
                    "region": source.region,
                    "project_id": client.project_id(),
                    "profile": text(params, "profile"),
                    "endpoint": text(params, "endpoint"),
                    "iam_endpoint": text(params, "iam_endpoint"),
                }

    # Hosts and groups

    def _add_all(self, inventory: Any, rows: Sequence[Row]) -> None:
        """Adds the hosts, under names that no group has.

        Ansible takes a name for a group's first. Groups may depend on anything, so they are made twice: in an inventory
        that is thrown away, to know their names, and then in the real one.
        """
        groups = {self._sanitize_group_name(str(name)) for name in self.get_option("groups") or ()}
        groups |= set(inventory.groups)
        for target, warn in ((InventoryData(), _ignore), (inventory, self.display.warning)):
            named = self._named(rows, inventory, groups)
            # All hosts first: then no group takes the name of a host that is still to come.
            for name, row in named:
                self._add_host(target, name, row)
            for name, row in named:
                self.inventory = _Guarded(target, name, warn)
                self._group(name, row)
                groups |= self.inventory.refused
            groups |= set(target.groups)
        self.inventory = inventory

    def _named(self, rows: Sequence[Row], inventory: Any, groups: set[str]) -> list[tuple[str, Row]]:
        """Every firewall with a host name of its own, which is none of `groups`."""
        plain = [
            row["fw_instance_id"] if self.get_option("hostname") == "id" else row["name"] or row["fw_instance_id"]
            for row in rows
        ]
        counts = Counter(plain)
        taken = set(plain)
        named = []
        for name, row in zip(plain, rows):
            ident = row["fw_instance_id"]
            reserved = name in groups or name in constants.LOCALHOST or name.startswith(GROUP)
            if counts[name] > 1 or reserved or _is_other(inventory, name, ident):
                name = f"{name}_{ident}"
                while name in taken or name in groups:
                    name = f"{name}_{ident}"
                taken.add(name)
            named.append((name, row))
        return named

    @staticmethod
    def _add_host(inventory: Any, name: str, row: Mapping[str, Any]) -> None:
        """Adds one host. What the cloud says of it is data, and no template."""
        host = inventory.add_host(wrap_var(name))
        for key, value in row.items():
            inventory.set_variable(host, f"{GROUP}_{key}", wrap_var(value))
        inventory.set_variable(host, "ansible_connection", "local")
        inventory.set_variable(host, "ansible_python_interpreter", sys.executable)

    def _group(self, host: str, row: Mapping[str, Any]) -> None:
        """Puts a host into its groups, and sets the variables that users compose."""
        groups = [GROUP, f"{GROUP}_status_{row['status']}"]
        if row["region"]:
            groups.append(f"{GROUP}_region_{row['region']}")
        groups += [
            f"{GROUP}_tag_{key}_{value}" if value else f"{GROUP}_tag_{key}" for key, value in row["tags"].items()
        ]
        for group in groups:
            self.inventory.add_child(self.inventory.add_group(self._sanitize_group_name(group)), host)
        variables = self.inventory.get_host(host).get_vars()
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        variables = self.inventory.get_host(host).get_vars()
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)


class _Guarded:
    """An inventory where one host is put into groups. A group that can't be made is left out and breaks nothing else."""

    def __init__(self, inventory: Any, host: str, warn: Callable[[str], None]) -> None:
        self._inventory = inventory
        self._host = host
        self._warn = warn
        self.refused: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inventory, name)

    def add_group(self, group: str) -> str:
        if group in self._inventory.hosts and group not in self._inventory.groups:
            self.refused.add(group)
            self._warn(f"Group {group} is left out, for a host has that name")
            return group
        return str(self._inventory.add_group(group))

    def add_host(self, host: str, group: str | None = None, port: Any = None) -> str:
        return str(self._inventory.add_host(host, None if group in self.refused else group, port))

    def add_child(self, group: str, child: str) -> bool:
        """Puts the host, or a group, into a group."""
        if group in self.refused or (child in self.refused and child != self._host):
            return False
        try:
            # Everything is put into `all` in the end.
            if child not in (group, "all"):
                return bool(self._inventory.add_child(group, child))
        except AnsibleError:  # the one is in the other already
            pass
        self._warn(f"Group {child} is not put into group {group}, for it would be in itself then")
        return False


def _ignore(_message: str) -> None:
    """Whatever is wrong in the trial is said again."""


def _only(names: Sequence[str]) -> str:
    """The name that all are, or '' if they differ."""
    return names[0] if len(set(names)) == 1 else ""


def _is_other(inventory: Any, name: str, ident: str) -> bool:
    """Whether a host of this name is there already and is another firewall, of another source of this kind."""
    host = inventory.hosts.get(name)
    return host is not None and host.vars.get(f"{GROUP}_fw_instance_id", ident) != ident


def _without_project(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The same options with the credential spelled out, so that no project id comes along with it. Raises InputError."""
    credential = resolve(params, context)
    return {
        **params,
        "profile": None,
        "access_key": credential.key_id or None,
        "secret_key": credential.secret or None,
        "security_token": credential.token or None,
        "auth_token": credential.auth_token or None,
    }


def _variables(firewall: Firewall) -> Row:
    objects = {item.type: item.object_id for item in reversed(firewall.objects)}
    return {
        "fw_instance_id": firewall.fw_instance_id,
        "name": firewall.name,
        "status": firewall.status,
        "status_code": firewall.status_code,
        "object_id": objects.get(INTERNET, ""),
        "vpc_object_id": objects.get(VPC, ""),
        "support_ipv6": firewall.support_ipv6,
        "tags": dict(firewall.tags),
    }
