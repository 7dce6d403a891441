# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An operation that only reads, as a user meets it, against the emulator and without sleeping."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from time import time
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError
from ansible_collections.secops.cfw.plugins.module_utils._params import completed
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog, failed, succeeded
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.module_utils._version import USER_AGENT
from emulator import HUAWEI_SK, TENCENT_SECRET_KEY, Emulator


class Reader:
    """Runs of one operation. Every run is looked through for secrets and for requests that write."""

    def __init__(self, emu: Emulator, spec: OptionSpec, run: Callable[..., dict[str, Any]], **defaults: Any) -> None:
        self.emu = emu
        self.environ = dict(emu.environ)
        self.warnings: list[str] = []
        self.now: float | None = None
        self._spec, self._run, self._defaults = spec, run, defaults
        self._moment = 5000.0
        self._looked = 0

    def run(self, check: bool = False, **given: Any) -> dict[str, Any]:
        """The result of a run that has to succeed; None takes a default away."""
        result = self._result(check, given)
        assert "error" not in result, result["msg"]
        assert result["changed"] is False
        return result

    def fails(self, check: bool = False, **given: Any) -> dict[str, Any]:
        """The result of a run that has to fail."""
        result = self._result(check, given)
        assert "error" in result, f"it did not fail: {result}"
        assert result["changed"] is False
        return result

    def refuses(self, **given: Any) -> str:
        """The message of a run that fails on its options, before any request."""
        self.calls()
        result = self.fails(**given)
        assert result["error"]["code"] == "invalid_input"
        assert self.calls() == {}
        return str(result["msg"])

    def calls(self) -> dict[str, int]:
        """The requests since the last look, by call."""
        log = self.emu.log
        rows, self._looked = log[self._looked :], len(log)
        return dict(Counter(row["call"] for row in rows))

    def _result(self, check: bool, given: Mapping[str, Any]) -> dict[str, Any]:
        self.warnings.clear()
        context = Context(
            environ=self.environ,
            home="/nonexistent",
            check_mode=check,
            warn=self.warnings.append,
            time=lambda: time() if self.now is None else self.now,
            monotonic=lambda: self._moment,
            sleep=self._sleep,
            jitter=lambda: 1.0,
        )
        calls = CallLog()
        before = len(self.emu.log)
        options = {name: value for name, value in {**self._defaults, **given}.items() if value is not None}
        try:
            result = succeeded(self._run(completed(self._spec, options), context, calls), calls, context.redactor)
        except CfwError as error:
            result = failed(error, calls, context.redactor)
        rows = [row for row in self.emu.log[before:] if row["headers"]["User-Agent"] == USER_AGENT]
        assert not [row for row in rows if row["write"]], "it wrote"
        said = json.dumps([result, self.warnings])
        assert not [secret for secret in (HUAWEI_SK, TENCENT_SECRET_KEY) if secret in said]
        return result

    def _sleep(self, seconds: float) -> None:
        self._moment += seconds
        self.emu.advance(seconds)
