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
    type: list
    elements: dict
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
  - A host is named after its firewall. Firewalls without a name, and those whose names others bear too, have the id behind it.
  - Names and tags come from the cloud. They are kept as they are, and never taken as templates.
  - With O(cache=true), cached firewalls are used without asking the cloud, and without a credential.
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

# A play on all running firewalls:
#
#   - hosts: huawei_cfw_status_running
#     gather_facts: false
#     tasks:
#       - secops.cfw.huawei_cfw_capture_task_info:
#           region: "{{ huawei_cfw_region }}"
#           project_id: "{{ huawei_cfw_project_id }}"
#           fw_instance_id: "{{ huawei_cfw_fw_instance_id }}"
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._huawei import options
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
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
Row = dict[str, Any]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # they have no types
    """Firewalls as hosts."""

    NAME = "secops.cfw.huawei_cfw"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("huawei_cfw.yml", "huawei_cfw.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        self.load_cache_plugin()
        key = self.get_cache_key(path)
        # `cache` is false for a refresh, which asks the cloud and stores what it says.
        known = self._cache.get(key) if cache and self.get_option("cache") else None
        if known is None:
            rows, complete = self._read()
            if complete and self.get_option("cache"):
                self._cache[key] = rows
        else:
            rows = known
        for name, row in _named(rows):
            self._add(name, row)

    def _read(self) -> tuple[list[Row], bool]:
        """The firewalls of all sources that can be read, and whether these are all."""
        rows: dict[tuple[str, str], Row] = {}
        failures: list[str] = []
        sources = list(self._sources())
        for params in sources:
            context = Context(
                environ=os.environ,
                home=os.path.expanduser("~"),
                warn=self.display.warning,
                progress=self.display.debug,
            )
            context.redactor.add(*(params[name] for name, spec in options.HUAWEI.options.items() if spec.get("no_log")))
            try:
                # One firewall is one host, in however many sources it is found.
                for row in self._firewalls(params, context):
                    rows.setdefault((row["region"], row["fw_instance_id"]), row)
            except CfwError as error:
                where = params["region"] or params["endpoint"] or "the source"
                failures.append(f"{where}: {context.redactor.text(error.sentence())}")
                if self.get_option("strict"):
                    raise AnsibleParserError(f"The firewalls could not be read of {failures[-1]}") from None
        if failures and len(failures) == len(sources):
            raise AnsibleParserError(f"The firewalls could not be read of {'; '.join(failures)}")
        for failure in failures:
            self.display.warning(f"Firewalls are missing, for they could not be read of {failure}")
        return list(rows.values()), not failures

    def _sources(self) -> Iterator[dict[str, Any]]:
        """The connection options of each source."""
        wrong = sorted(set(self.get_option("status") or ()) - {*STATUS_WORDS.values(), UNKNOWN_STATUS})
        if wrong:
            raise AnsibleParserError(f"status {wrong[0]!r} is none; known are {', '.join(STATUS_WORDS.values())}")
        shared = {name: self._option(self.get_option(name)) for name in options.HUAWEI.options}
        for index, source in enumerate(self.get_option("sources") or [{}]):
            unknown = sorted(set(source) - set(OVERRIDES))
            if unknown:
                raise AnsibleParserError(
                    f"sources[{index}]: {unknown[0]} is not known there; it takes {', '.join(OVERRIDES)}"
                )
            own = {name: str(self._option(value)) for name, value in source.items() if value is not None}
            yield {**shared, **own}

    def _option(self, value: Any) -> Any:
        """Keys are often looked up: `access_key: "{{ lookup('ansible.builtin.env', ...) }}"`."""
        return self.templar.template(value) if self.templar.is_template(value) else value

    def _firewalls(self, params: Mapping[str, Any], context: Context) -> Iterator[Row]:
        client = HuaweiCfw(params, context, CallLog())
        wanted = self.get_option("status") or ()
        for firewall in list_firewalls(client):
            if not wanted or firewall.status in wanted:
                complete = with_details(client, firewall) if self.get_option("details") else firewall
                yield {
                    **_variables(complete),
                    "enterprise_project_id": complete.enterprise_project_id
                    or options.enterprise_project_id(params, context)
                    or "",
                    "region": options.region(params, context),
                    "project_id": client.project_id(),
                    "profile": params["profile"],
                    "endpoint": params["endpoint"],
                    "iam_endpoint": params["iam_endpoint"],
                }

    def _add(self, name: str, row: Mapping[str, Any]) -> None:
        """Adds one host. What the cloud says of it is data, and no template."""
        host = self.inventory.add_host(wrap_var(name))
        for key, value in row.items():
            self.inventory.set_variable(host, f"huawei_cfw_{key}", wrap_var(value))
        self.inventory.set_variable(host, "ansible_connection", "local")
        self.inventory.set_variable(host, "ansible_python_interpreter", sys.executable)
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


def _named(rows: list[Row]) -> Iterator[tuple[str, Row]]:
    """Every firewall with a host name of its own."""
    counts = Counter(row["name"] for row in rows)
    for row in rows:
        name, ident = row["name"], row["fw_instance_id"]
        yield (name if counts[name] == 1 else f"{name}_{ident}") if name else ident, row
