# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""huawei_cfw_black_white_list as a user meets it, against the emulator, without sleeping."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from time import time
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._huawei.black_white_list import BLACK_WHITE_LIST, run
from ansible_collections.secops.cfw.plugins.module_utils._params import completed
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog, failed, succeeded
from ansible_collections.secops.cfw.plugins.module_utils._version import USER_AGENT
from emulator import HUAWEI_OBJECT, HUAWEI_SK, Emulator

LIST = "ListBlackWhiteLists"
ADD = "BatchCreateBlackWhiteList"
REMOVE = "BatchDeleteBlackWhiteLists"
DETAIL = "ListFirewallDetail"
BLACK, WHITE = 4, 5
# Answers after which a request may be sent once more: it was certainly not carried out.
NOT_EXECUTED = ("APIGW.0301", "APIGW.0308")


class Lists:
    """The account in the emulator, and runs of the module's operation in it.

    Sleeping moves the service's clock instead, and then calls `on_sleep`. Every result is looked through for secrets, a
    run in check mode for writes, and any run for an addition that was sent twice.
    """

    def __init__(self, emu: Emulator) -> None:
        self.emu = emu
        self.environ = dict(emu.environ)
        self.slept: list[float] = []
        self.warnings: list[str] = []
        self.most_sent = 1
        """How often a run may send an addition, refusals of the whole request aside."""
        self.on_sleep: Callable[[], None] = lambda: None
        self._moment = 5000.0
        self._looked = 0

    # Running

    def run(self, check: bool = False, **given: Any) -> dict[str, Any]:
        """The result of a run that has to succeed: a block on the first firewall's internet border by default."""
        result = self._result(check, given)
        assert "error" not in result, result["msg"]
        return result

    def fails(self, check: bool = False, **given: Any) -> dict[str, Any]:
        """The result of a run that has to fail."""
        result = self._result(check, given)
        assert "error" in result, f"it did not fail: {result}"
        return result

    def refuses(self, **given: Any) -> str:
        """The message of a run that fails on its options, before any request."""
        self.calls()
        for check in (True, False):
            result = self.fails(check, **given)
            assert result["error"]["code"] in ("invalid_input", "protected_target")
            assert result["changed"] is False
        assert self.calls() == {}
        return str(result["msg"])

    def thrice(self, **given: Any) -> dict[str, Any]:
        """The result of a real run, after one in check mode that says the same, and before one that changes nothing."""
        self.calls()
        planned = self.run(check=True, **given)
        assert self.calls() == {LIST: 1}
        done = self.run(**given)
        assert done["changed"] is True
        assert {**planned, "api_calls": [], "clock": None} == {**done, "api_calls": [], "clock": None}
        self.calls()
        again = self.run(**given)
        assert again["changed"] is False
        assert set(again["counts"]) == {"unchanged"}
        assert again["diff"] == {"before": {}, "after": {}}
        assert self.calls() == {LIST: 1}
        return done

    def _result(self, check: bool, given: Mapping[str, Any]) -> dict[str, Any]:
        self.warnings.clear()
        self.slept.clear()
        context = Context(
            environ=self.environ,
            home="/nonexistent",
            check_mode=check,
            warn=self.warnings.append,
            time=time,
            monotonic=lambda: self._moment,
            sleep=self._sleep,
            jitter=lambda: 1.0,
        )
        calls = CallLog()
        before = len(self.emu.log)
        options = {"object_id": HUAWEI_OBJECT, "action": "block", **given}
        options = {name: value for name, value in options.items() if value is not None}
        try:
            # Twice, as in a module, where ansible-core has filled in all options before.
            params = completed(BLACK_WHITE_LIST, completed(BLACK_WHITE_LIST, options))
            result = succeeded(run(params, context, calls), calls, context.redactor)
        except CfwError as error:
            result = failed(error, calls, context.redactor)
        rows = [row for row in self.emu.log[before:] if row["headers"]["User-Agent"] == USER_AGENT]
        assert HUAWEI_SK not in json.dumps([result, self.warnings])
        if check:
            assert not [row for row in rows if row["write"]], "check mode wrote"
        sent = Counter(
            json.dumps(item)
            for row in rows
            if row["call"] == ADD and row["error"] not in NOT_EXECUTED
            for item in row["body"]["list_items"]
        )
        assert not [item for item, times in sent.items() if times > self.most_sent], "an entry was sent too often"
        return result

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._moment += seconds
        self.emu.advance(seconds)
        self.on_sleep()

    # Looking

    def calls(self) -> dict[str, int]:
        """The requests since the last look, by call. The log itself stays: faults count by it."""
        log = self.emu.log
        rows, self._looked = log[self._looked :], len(log)
        return dict(Counter(row["call"] for row in rows))

    def bodies(self, call: str) -> list[dict[str, Any]]:
        return [row["body"] for row in self.emu.log if row["call"] == call]

    def listed(self, list_type: int = BLACK, object_id: str = HUAWEI_OBJECT) -> list[str]:
        """The addresses that really are on a list, sorted."""
        rows = self.emu.state()["huawei"]["black_white"]
        return sorted(row["address"] for row in rows if (row["object_id"], row["list_type"]) == (object_id, list_type))

    # Arranging

    def seed(self, *rows: str | Mapping[str, Any], list_type: int = BLACK) -> None:
        """Adds entries to the first border's list: addresses, or records in the service's words."""
        records = [{"address": row} if isinstance(row, str) else dict(row) for row in rows]
        self.emu.seed(huawei={"black_white": [{"list_type": list_type, **record} for record in records]})


def words(result: Mapping[str, Any]) -> dict[str, str]:
    """Address and what became of it."""
    return {row["target"]: row["result"] for row in result["entries"]}


def reasons(result: Mapping[str, Any]) -> dict[str, str]:
    return {row["target"]: row["reason"] for row in result["entries"] if row["reason"]}
