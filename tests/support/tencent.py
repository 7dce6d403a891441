# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_cfw_alert_rule as a user meets it, against the emulator, without sleeping."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from time import time
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog, failed, succeeded
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_request import ALERT_RULE
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_rule import run
from emulator import TENCENT_READONLY_KEY, TENCENT_SECRET_KEY, TENCENT_TEMP_KEY, TENCENT_TEMP_TOKEN, Emulator
from emulator.tencent import Tencent

BEIJING = timezone(timedelta(hours=8))
PERMANENT = "3000-01-01 00:00:00"
DAY = 86400
HOUR = 3600
LIST = "DescribeBlockIgnoreList"
CENTER = "CreateAlertCenterRule"
UPSERT = "CreateBlockIgnoreRuleNew"
DELETE = "DeleteBlockIgnoreRuleNew"
LOGS = "DescribeLogs"
ALERTS = "DescribeCfwAlerts"
QUOTA = "DescribeOverviewResourceQuota"
Call = Callable[[], dict[str, Any]]
Instead = Callable[[str, Callable[[Tencent, dict[str, Any], Call], Any]], None]
_PACE = 0.1
"""Seconds. Shorter pauses only keep calls under the rate limit: the service's clock is not moved for them."""
SECRETS = (TENCENT_SECRET_KEY, TENCENT_TEMP_KEY, TENCENT_TEMP_TOKEN, TENCENT_READONLY_KEY)


def options(**given: Any) -> dict[str, Any]:
    """Options as the module gets them: validated by ansible-core, with their defaults."""
    validated = ArgumentSpecValidator(**ALERT_RULE.to_kwargs()).validate(given)
    assert validated.error_messages == []
    return dict(validated.validated_parameters)


class Cloud:
    """The account in the emulator, and runs of the module's operation in it.

    Sleeping moves the service's clock instead. Every result is looked through for secrets, and a run in check mode for writes.
    """

    def __init__(self, emu: Emulator) -> None:
        self.emu = emu
        self.environ = dict(emu.environ)
        self.slept: list[float] = []
        self.warnings: list[str] = []
        self._moment = 5000.0

    # Running

    def run(self, check: bool = False, **given: Any) -> dict[str, Any]:
        """The result of a run that has to succeed."""
        result = self._result(check, given)
        assert "error" not in result, result["msg"]
        return result

    def fails(self, check: bool = False, **given: Any) -> dict[str, Any]:
        """The result of a run that has to fail."""
        result = self._result(check, given)
        assert "error" in result, f"it did not fail: {result}"
        return result

    def thrice(self, **given: Any) -> dict[str, Any]:
        """The result of a real run, after one in check mode that says the same, and before one that changes nothing."""
        planned = self.run(check=True, **given)
        before = self.emu.writes()
        done = self.run(**given)
        assert self.emu.writes() > before, "the real run wrote nothing"
        assert_same(planned, done)
        self.emu.clear_log()
        again = self.run(**given)
        assert again["changed"] is False
        assert set(again["counts"]) == {"unchanged"}
        assert again["diff"] == {"before": {}, "after": {}}
        assert self.emu.calls() == {LIST: 2}
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
        writes = self.emu.writes()
        try:
            result = succeeded(run(options(**given), context, calls), calls, context.redactor)
        except CfwError as error:
            result = failed(error, calls, context.redactor)
        said = json.dumps([result, self.warnings])
        assert not [secret for secret in SECRETS if secret in said]
        if check:
            assert self.emu.writes() == writes, "check mode wrote"
        return result

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._moment += seconds
        if seconds > _PACE:
            self.emu.advance(seconds)

    # Looking

    @property
    def waited(self) -> float:
        """Seconds that the last run waited for something, the pace of its calls aside."""
        return sum(seconds for seconds in self.slept if seconds > _PACE)

    def blocked(self) -> dict[str, str]:
        """Address and sorted directions of the block list, such as {"203.0.113.7": "0,1"}; expired ones included."""
        return self._listed("blocklist")

    def allowed(self) -> dict[str, str]:
        return self._listed("whitelist")

    def _listed(self, name: str) -> dict[str, str]:
        rows = self.emu.state()["tencent"][name]
        return {row["Ioc"]: ",".join(sorted(row["DirectionList"].split(","))) for row in rows}

    def row(self, ioc: str, name: str = "blocklist") -> dict[str, Any]:
        return next(row for row in self.emu.state()["tencent"][name] if row["Ioc"] == ioc)

    def writes(self) -> list[tuple[str, dict[str, Any]]]:
        """The writes that were sent, as (call, body)."""
        return [(row["call"], row["body"]) for row in self.emu.log if row["write"]]

    def at(self, seconds: float) -> str:
        """The service's time in so many seconds, in its own spelling."""
        return datetime.fromtimestamp(self.emu.now() + seconds, BEIJING).strftime("%Y-%m-%d %H:%M:%S")

    def lasts(self, expires: str) -> float:
        """In how many days something ends that a result shows as `expires`."""
        return round((datetime.fromisoformat(expires).timestamp() - self.emu.now()) / DAY, 3)

    def seed(self, **lists: Any) -> None:
        self.emu.seed(tencent=lists)


def rule(result: Mapping[str, Any], target: str = "") -> dict[str, Any]:
    """The row of a target in a result; of the only one by default."""
    rows = [row for row in result["rules"] if not target or row["target"] == target]
    assert len(rows) == 1, rows
    return dict(rows[0])


def words(result: Mapping[str, Any]) -> dict[str, str]:
    """Target and what became of it."""
    return {row["target"] or row["alert_id"]: row["result"] for row in result["rules"]}


def assert_same(planned: Any, done: Any) -> None:
    """What check mode announced is what happened: same keys, same words, times that differ by minutes at most."""
    if isinstance(planned, Mapping):
        assert set(planned) == set(done)
        for key, value in planned.items():
            # Requests differ by design.
            if key not in ("api_calls", "clock"):
                assert_same(value, done[key])
    elif isinstance(planned, list):
        assert len(planned) == len(done)
        for one, other in zip(planned, done):
            assert_same(one, other)
    elif isinstance(planned, str) and planned.endswith("+08:00"):
        apart = datetime.fromisoformat(planned) - datetime.fromisoformat(done)
        assert abs(apart) < timedelta(minutes=5)
    else:
        assert planned == done
