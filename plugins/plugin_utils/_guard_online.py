# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the guard that judges what the clouds said: own addresses, room on the lists, and what a dry run refuses.

It fails closed: whatever was to be read and is not there refuses the incident.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import Network, is_one_line, parse_network, shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._protection import Protected, ProtectedEntry
from ansible_collections.secops.cfw.plugins.plugin_utils._guard import finished, refusal

_LONGEST = 300


def online(
    plan: Mapping[str, Any],
    *,
    eips: Mapping[str, Any] | None = None,
    assets: Mapping[str, Any] | None = None,
    huawei: Mapping[str, Any] | None = None,
    tencent: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The role's result, given the plan of the offline part and what the modules registered.

    `eips` and `huawei` (the dry run) are registered by loops over the plan's firewalls, `assets` and `tencent` (the dry
    run) by one task each.
    """
    if not plan["go_online"]:
        return dict(plan["result"])
    verdict = _Verdict(plan)
    for firewall, result in _per_firewall(plan["own_huawei"], eips):
        verdict.judge_eips(firewall, result)
    if plan["own_tencent"]:
        verdict.judge_assets(assets or {})
    verdict.judge_own()
    for firewall, result in _per_firewall(plan["dry_run_huawei"], huawei):
        verdict.judge_dry_run("huawei", firewall["fw_instance_id"], _name(firewall), result, result.get("quota"))
    if plan["dry_run_tencent"]:
        result = tencent or {}
        verdict.judge_dry_run("tencent", "", "Tencent", result, _tencent_quota(result))
        verdict.judge_shadows(result)
    return verdict.result()


def _per_firewall(
    firewalls: Sequence[Mapping[str, str]], registered: Mapping[str, Any] | None
) -> Iterator[tuple[Mapping[str, str], Mapping[str, Any]]]:
    """Each firewall with the result of its turn; an empty one if there is none."""
    rows = (registered or {}).get("results") or []
    found = {_id(row): row for row in rows if isinstance(row, Mapping)}
    return ((firewall, found.get(firewall["fw_instance_id"], {})) for firewall in firewalls)


def _id(row: Mapping[str, Any]) -> Any:
    # The loop variable of the role's tasks.
    item = row.get("guard_firewall")
    return item.get("fw_instance_id") if isinstance(item, Mapping) else None


def _name(firewall: Mapping[str, str]) -> str:
    return firewall.get("name") or firewall["fw_instance_id"]


def _tencent_quota(result: Mapping[str, Any]) -> Any:
    """The module's counters in the shape of the role's."""
    quota = result.get("quota")
    if not isinstance(quota, Mapping):
        return quota
    return {
        "total": quota["total"],
        "used": quota["used_inbound"] + quota["used_outbound"],
        "left": quota["left"],
        "needed": quota["needed_inbound"] + quota["needed_outbound"],
        "not_fitting": quota["not_fitting"],
    }


def _cause(result: Mapping[str, Any]) -> str:
    """Why a module has no answer, in one line of bearable length."""
    error = result.get("error")
    said = (error.get("message") if isinstance(error, Mapping) else "") or result.get("msg") or "there is no answer"
    text = " ".join(str(said).split()).rstrip(".")
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    code = error.get("code") if isinstance(error, Mapping) else ""
    return f"{text} ({code})" if code and code not in text else text


class _Verdict:
    """The offline part's result, to which the refusals of the online part are added."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._plan = plan
        self._targets = [parse_network(text, "targets") for text in plan["result"]["targets"]]
        self._override = set(plan["override"])
        self._own: list[tuple[ProtectedEntry, str, str]] = []
        self._refused: list[dict[str, str]] = []
        self._overrides: list[dict[str, str]] = []
        self._warnings: list[str] = []
        self._quota: list[dict[str, Any]] = []

    def result(self) -> dict[str, Any]:
        offline = self._plan["result"]
        return finished(
            {
                **offline,
                "refused": [*offline["refused"], *self._refused],
                "overrides": [*offline["overrides"], *self._overrides],
                "warnings": [*offline["warnings"], *dict.fromkeys(self._warnings)],
                "online": {**offline["online"], "own_addresses": len({entry.network for entry, *_rest in self._own})},
                "quota": self._quota,
            }
        )

    # Own addresses

    def judge_eips(self, firewall: Mapping[str, str], result: Mapping[str, Any]) -> None:
        scope = firewall["fw_instance_id"]
        rows = result.get("eips")
        if not isinstance(rows, list):
            self._unread("huawei", scope, f"own public addresses could not be read: {_cause(result)}")
            return
        for row in rows:
            for key in ("public_ip", "public_ipv6"):
                self._add(row.get(key), "huawei", scope, row.get("device", {}).get("name"))

    def judge_assets(self, result: Mapping[str, Any]) -> None:
        rows = result.get("assets")
        if not isinstance(rows, list):
            self._unread("tencent", "", f"own public addresses could not be read: {_cause(result)}")
            return
        for row in rows:
            for text in (*row.get("public_ips", ()), *row.get("private_ips", ())):
                self._add(text, "tencent", "", row.get("name") or row.get("instance_id"))

    def _add(self, text: Any, cloud: str, scope: str, device: Any) -> None:
        if not text:
            return
        name = str(device or "")
        said = f" of {name if is_one_line(name) and len(name) <= 60 else shown(name)}" if name else ""
        try:
            network = parse_network(str(text), cloud)
        except InputError:
            self._warnings.append(
                f"An address{said} at {cloud} can't be understood, so it is not protected: {shown(str(text))}"
            )
            return
        self._own.append((ProtectedEntry(network, cloud, said), cloud, scope))

    def judge_own(self) -> None:
        own = Protected(tuple(entry for entry, *_rest in self._own))
        scopes = {id(entry): (cloud, scope) for entry, cloud, scope in self._own}
        for target in self._targets:
            entry = own.find(target)
            if entry is None:
                continue
            cloud, scope = scopes[id(entry)]
            address = "it is" if entry.network == target else f"it overlaps {entry.network.text},"
            because = f"{address} the organisation's own address{entry.place} at {cloud}"
            if target.text in self._override:
                self._overrides.append(
                    {"target": target.text, "because": because, "reason": self._plan["override_reason"]}
                )
            else:
                self._refuse(target, "own_address", because, entry.network.text, cloud, cloud, scope)

    # Dry runs

    def judge_dry_run(self, cloud: str, scope: str, name: str, result: Mapping[str, Any], quota: Any) -> None:
        rows = result.get("rules" if cloud == "tencent" else "entries")
        error = result.get("error")
        code = error.get("code") if isinstance(error, Mapping) else ""
        if code == "protected_target" and result.get("refused"):
            for row in result["refused"]:
                self._refused.append(refusal(**{**row, "cloud": cloud, "scope": scope}))
            return
        if not isinstance(rows, list):
            self._unread(cloud, scope, f"the dry run failed: {_cause(result)}")
            return
        adds = any(row["result"] in ("created", "updated") for row in rows)
        if isinstance(quota, Mapping):
            not_fitting = list(dict.fromkeys(quota["not_fitting"]))
            self._quota.append({"cloud": cloud, "scope": scope, **quota, "not_fitting": not_fitting, "unread": ""})
            for target in not_fitting:
                reason = f"the block list of {name} has room for {quota['left']} more entries and {quota['needed']} are needed; it would not fit"
                self._refused.append(refusal(target, "no_room", reason, cloud=cloud, scope=scope))
            if not_fitting:
                return
        elif adds:
            unread = f"whether the block list of {name} has room is not known: its quota could not be read"
            self._warnings.append(unread[0].upper() + unread[1:])
            row = dict.fromkeys(("total", "used", "left", "needed"))
            self._quota.append({"cloud": cloud, "scope": scope, **row, "not_fitting": [], "unread": unread})
        failures = [row for row in rows if row["result"] in ("refused", "failed", "unknown")]
        for row in failures:
            reason = f"refused by the dry run at {name}: {row['reason']}"
            self._refused.append(refusal(str(row["target"]), "dry_run_refused", reason, cloud=cloud, scope=scope))
        if error and not failures:
            self._unread(cloud, scope, f"the dry run failed: {_cause(result)}")

    def judge_shadows(self, result: Mapping[str, Any]) -> None:
        for row in result.get("rules") or []:
            if row.get("shadowed_by"):
                listed = ", ".join(str(entry) for entry in row["shadowed_by"])
                self._warnings.append(
                    f"{row['target']}: entries of Tencent's allow list cover it and may let it through: {listed}"
                )

    def _unread(self, cloud: str, scope: str, reason: str) -> None:
        self._refused.append(refusal("", "read_failed", reason, cloud=cloud, scope=scope))

    def _refuse(self, target: Network, code: str, reason: str, entry: str, source: str, cloud: str, scope: str) -> None:
        self._refused.append(refusal(target.text, code, reason, entry=entry, source=source, cloud=cloud, scope=scope))
