# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles block, unblock and status without ansible-core: the same modules' operations between the same decisions.

What the roles' tasks do with them is seen by the integration targets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from time import time
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._huawei import (
    black_white_list,
    black_white_list_info,
    capture_task_info,
    eip_info,
    firewall_info,
    log_info,
)
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog, failed, succeeded
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.module_utils._tencent import alert_request, alert_rule, alert_rule_info
from ansible_collections.secops.cfw.plugins.plugin_utils import (
    _block,
    _block_result,
    _put_back,
    _report,
    _respond,
    _status,
    _unblock,
    _unblock_inputs,
    _unblock_result,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._report_runs import run_record
from emulator import HUAWEI_FIREWALL, HUAWEI_SK, TENCENT_SECRET_KEY, Emulator

CASE = "INC-2041"
MODULES: dict[str, tuple[OptionSpec, Callable[..., dict[str, Any]]]] = {
    "tencent": (alert_request.ALERT_RULE, alert_rule.run),
    "tencent_info": (alert_rule_info.ALERT_RULE_INFO, alert_rule_info.run),
    "list": (black_white_list.BLACK_WHITE_LIST, black_white_list.run),
    "list_info": (black_white_list_info.BLACK_WHITE_LIST_INFO, black_white_list_info.run),
    "firewall_info": (firewall_info.FIREWALL_INFO, firewall_info.run),
    "eip_info": (eip_info.EIP_INFO, eip_info.run),
    "log_info": (log_info.LOG_INFO, log_info.run),
    "captures": (capture_task_info.CAPTURE_TASK_INFO, capture_task_info.run),
}
PROTECTION = ("protected", "protected_file", "allow_protected", "allow_protected_reason")
SKIPPED: dict[str, Any] = {"changed": False, "skipped": True}


class Roles:
    """The accounts in the emulator, and runs of the roles in them. Sleeping moves the services' clock instead."""

    def __init__(self, emu: Emulator) -> None:
        self.emu = emu
        self._moment = 5000.0
        self.before_write: Callable[[], None] = lambda: None
        """Called once, when the lists were read and nothing has been written."""

    # Running

    def block(self, check: bool = False, **given: Any) -> dict[str, Any]:
        """block_result; `crash`: the step after which the run breaks off."""
        request = _block.read_request(
            {"case_id": CASE, "duration": "24h", "planned": check, **self._where(given), **given}
        )
        protection = {name: given[name] for name in PROTECTION if name in given}
        single, firewalls = request["single"], request["firewalls"]
        before = self._run("tencent_info", ips=single) if "tencent" in request["clouds"] and single else SKIPPED
        lists = self._loop("list_info", firewalls)
        seen = self._loop("firewall_info", firewalls)
        eips = self._loop("eip_info", firewalls if request["victims"] else [], ips=request["victims"])
        reads = {"tencent": before, "huawei": lists, "firewalls": seen, "eips": eips}
        plan = self._plain(_block.make_plan(request, reads, time()))
        self._interfere()
        direction = request["direction"]
        tencent = [
            self._run(
                "tencent",
                check,
                action="block",
                ips=call["ips"],
                duration=call["duration"],
                alert_direction="outbound" if direction == "outbound" else "inbound",
                direction=direction,
                comment=call["comment"],
                renew_within=call["renew_within"] or None,
                replace_opposite=request["replace_opposite"],
                **protection,
            )
            for call in plan["tencent"]
        ]
        if given.get("crash") == "tencent":
            return {}
        huawei = [
            self._run("list", check, **self._at(call), action="block", entries=call["entries"], **protection)
            for call in plan["huawei"]
        ]
        rewrites = [
            SKIPPED
            if "error" in huawei[step["after"]]
            else self._run(
                "list",
                check,
                **self._at(step),
                state=step["state"],
                action=step["action"],
                entries=step["entries"],
                **protection,
            )
            for step in plan["rewrites"]
        ]
        if given.get("crash") == "huawei":
            return {}
        again = [
            self._run("list", check, **self._at(step), action="block", entries=step["entries"], **protection)
            for step in _put_back.once_more(plan["rewrites"], {"results": rewrites})
        ]
        after = self._run("tencent_info", ips=single) if plan["tencent"] and not check else SKIPPED
        afters = [
            self._run("list_info", **self._at(call), ips=request["targets"])
            for call in ([] if check else plan["huawei"])
        ]
        looking = request["look_for_hits"] and single and not check
        logs = self._loop("log_info", firewalls if looking else [], type="access_control", ips=single)
        done = {
            "tencent_before": before,
            "tencent": {"results": tencent},
            "tencent_after": after,
            "huawei_before": lists,
            "huawei": {"results": huawei},
            "rewrites": {"results": rewrites},
            "again": {"results": again},
            "huawei_after": {"results": afters},
            "logs": logs,
        }
        return self._plain(_block_result.make_result(request, plan, done, time()))

    def unblock(self, check: bool = False, **given: Any) -> dict[str, Any]:
        named = {} if "report" in given else {"case_id": CASE}
        return self._lift(
            _unblock_inputs.read_request({**named, "planned": check, **self._where(given), **given}), check
        )

    def expired(self, check: bool = False, **given: Any) -> dict[str, Any]:
        return self._lift(
            _unblock_inputs.read_expired_request({"planned": check, **self._where(given), **given}), check
        )

    def _lift(self, request: Mapping[str, Any], check: bool) -> dict[str, Any]:
        read: Mapping[str, Any] = SKIPPED
        if request["tencent"]:
            read = self._run(
                "tencent_info",
                action="block",
                ips=None if request["accounts"].get("tencent") else request["tencent_ips"] or None,
            )
        lists = [
            self._run(
                "list_info",
                **self._at({"firewall": firewall}),
                action="block",
                ips=firewall["ips"] or None,
                description_prefix=request["prefix"] or None,
            )
            for firewall in request["firewalls"]
        ]
        plan = self._plain(_unblock.make_plan(request, {"tencent": read, "huawei": {"results": lists}}, time()))
        self._interfere()
        remove: Mapping[str, Any] = SKIPPED
        if plan["remove"]:
            remove = self._run("tencent", check, action="block", state="absent", ips=plan["remove"])
        restore = [
            self._run(
                "tencent",
                check,
                action="block",
                ips=[call["target"]],
                direction=call["direction"],
                duration=call["duration"],
                comment=call["comment"] or None,
                allow_protected=[call["target"]],
                allow_protected_reason="as before",
            )
            for call in plan["restore"]
        ]
        steps = [
            self._run("list", check, **self._at(step), state=step["state"], action="block", entries=step["entries"])
            for step in plan["huawei"]
        ]
        again = [
            self._run("list", check, **self._at(step), action="block", entries=step["entries"])
            for step in _put_back.once_more(plan["huawei"], {"results": steps})
        ]
        done = {
            "read_tencent": read,
            "read_huawei": {"results": lists},
            "remove": remove,
            "restore": {"results": restore},
            "huawei": {"results": steps},
            "again": {"results": again},
        }
        return self._plain(_unblock_result.make_result(request, plan, done, time()))

    def status(self, **given: Any) -> dict[str, Any]:
        request = _status.read_request({"case_id": CASE, **self._where(given), **given})
        done = {
            "tencent": self._run("tencent_info", action="block") if "tencent" in request["clouds"] else SKIPPED,
            "huawei": self._loop(
                "list_info", request["firewalls"], action="block", description_prefix=request["prefix"] or None
            ),
            "captures": self._loop("captures", request["firewalls"]),
        }
        return self._plain(_status.make_result(request, done, time()))

    def snapshot(self) -> dict[str, Any]:
        """respond_snapshot: what stands on the lists."""
        firewall = {"fw_instance_id": HUAWEI_FIREWALL}
        listed = {**self._run("list_info", fw_instance_id=HUAWEI_FIREWALL), "item": firewall}
        rules = self._run("tencent_info")
        return self._plain(_respond.snapshot({}, rules, {}, {"results": [listed]}, now=time()))

    @staticmethod
    def _where(given: Mapping[str, Any]) -> dict[str, Any]:
        return {} if "firewalls" in given else {"firewalls": [HUAWEI_FIREWALL]}

    @staticmethod
    def _at(step: Mapping[str, Any]) -> dict[str, Any]:
        firewall = step["firewall"]
        named = "object_id" if "object_id" in firewall else "fw_instance_id"
        return {named: firewall[named], "region": firewall.get("region")}

    def _loop(self, module: str, firewalls: Iterable[Mapping[str, Any]], **options: Any) -> dict[str, Any]:
        scoped = "list_info" if module == "list_info" else ""
        return {
            "results": [
                self._run(
                    module,
                    **(self._at({"firewall": firewall}) if scoped else {"fw_instance_id": firewall["fw_instance_id"]}),
                    **options,
                )
                for firewall in firewalls
            ]
        }

    def _run(self, module: str, check: bool = False, **given: Any) -> dict[str, Any]:
        spec, operation = MODULES[module]
        options = {
            "retries": 1,
            "settle_timeout": 2,
            **{name: value for name, value in given.items() if value is not None},
        }
        validated = ArgumentSpecValidator(**spec.to_kwargs()).validate(options)
        assert validated.error_messages == []
        context = Context(
            environ=dict(self.emu.environ),
            home="/nonexistent",
            check_mode=check,
            monotonic=lambda: self._moment,
            sleep=self._sleep,
            jitter=lambda: 1.0,
        )
        # No pauses are taken here, so that the runs of a test count as one second.
        self.emu.switch(rate_limit=0)
        calls = CallLog()
        written = self.emu.writes()
        try:
            result = succeeded(operation(validated.validated_parameters, context, calls), calls, context.redactor)
        except CfwError as error:
            result = {**failed(error, calls, context.redactor), "failed": False}
        if check:
            assert self.emu.writes() == written, "check mode wrote"
        return self._plain(result)

    def _sleep(self, seconds: float) -> None:
        self._moment += seconds
        self.emu.advance(seconds)

    def _interfere(self) -> None:
        happen, self.before_write = self.before_write, lambda: None
        happen()

    @staticmethod
    def _plain(value: dict[str, Any]) -> dict[str, Any]:
        """As ansible-core hands it on: what is no JSON fails, and nothing is shared."""
        text = json.dumps(value)
        assert TENCENT_SECRET_KEY not in text
        assert HUAWEI_SK not in text
        return dict(json.loads(text))

    # Looking

    def blocked(self) -> dict[str, str]:
        """Addresses on Tencent's block list and their comments."""
        return {row["Ioc"]: row["Comment"] for row in self.emu.state()["tencent"]["blocklist"]}

    def listed(self, list_type: int = 4) -> dict[str, str]:
        """Addresses on Huawei's blacklists, all firewalls, and their descriptions."""
        rows = self.emu.state()["huawei"]["black_white"]
        return {row["address"]: row["description"] for row in rows if row["list_type"] == list_type}


def words(result: Mapping[str, Any]) -> dict[str, str]:
    """Cloud and target, and what became of it."""
    return {f"{row['cloud']} {row['target']}": row["result"] for row in result["targets"]}


def row_of(result: Mapping[str, Any], target: str, cloud: str = "tencent") -> dict[str, Any]:
    return next(row for row in result["targets"] if (row["target"], row["cloud"]) == (target, cloud))


def report_of(*results: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    """A report of runs of the block role, as the role report writes it, as far as unblock reads it."""
    document: dict[str, Any] = {
        "schema_version": "1.0",
        "planned": False,
        "case_id": CASE,
        "blocks": [dict(result) for result in results],
        "accounts": results[-1]["accounts"] if results else {},
        **changed,
    }
    document["integrity"] = {"sha256": _unblock_inputs.digest(document)}
    return document


def reported(*runs: Mapping[str, Any]) -> dict[str, Any]:
    """The report that the role report writes of runs, each with the results of its steps."""
    records = [
        run_record(
            {
                "case_id": CASE,
                "run_id": f"20261121T{hour:02d}0000Z-aaaaaa",
                "now": f"2026-11-21T{hour:02d}:05:00Z",
                "complete": True,
                "planned": False,
                "results": dict(results),
            }
        )
        for hour, results in enumerate(runs)
    ]
    on_file = [
        {"file": f"{record['run_id']}.json", "sha256": "0" * 64, "record": record, "problem": ""}
        for record in records[:-1]
    ]
    document = _report.document(records[-1], on_file, {})
    return dict(json.loads(json.dumps(document)))
