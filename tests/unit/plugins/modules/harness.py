# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module's main() in this process, as ansible-core would run it, on ansible-core 2.16 and later."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from ansible.module_utils import basic
from ansible.module_utils.common import warnings

from ansible_collections.secops.cfw.plugins.module_utils import _module
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from emulator import (
    HUAWEI_AK,
    HUAWEI_AUTH_TOKEN,
    HUAWEI_FIREWALL,
    HUAWEI_SK,
    HUAWEI_TEMP_AK,
    HUAWEI_TEMP_SK,
    HUAWEI_TEMP_TOKEN,
    TENCENT_SECRET_ID,
    TENCENT_SECRET_KEY,
    TENCENT_TEMP_ID,
    TENCENT_TEMP_KEY,
    TENCENT_TEMP_TOKEN,
)

HUAWEI = "huawei_cfw_capture_task"
TENCENT = "tencent_cfw_alert_rule"
ROOT = Path(__file__).resolve().parents[4]
MODULES = tuple(
    sorted(
        path.stem
        for path in (ROOT / "plugins" / "modules").glob("*.py")
        if "run_module" in path.read_text(encoding="utf-8")
    )
)
"""Every module of the collection, those to come included, without what is only the documentation of an action plugin."""
VALID: dict[str, dict[str, Any]] = {
    HUAWEI: {
        "fw_instance_id": HUAWEI_FIREWALL,
        "name": "INC-2041",
        "source": {"address": "192.88.99.7"},
        "destination": {"address": "192.88.99.20"},
        "duration": 5,
        "max_packets": 1000,
    },
    TENCENT: {"action": "block", "ips": ["192.88.99.7"], "duration": "7d"},
}
"""Options that work as they are. The addresses belong to nobody, and are of no special range; the other modules' are in
their own files, and all of them in `registry`.
"""
SECRETS = (
    *(HUAWEI_AK, HUAWEI_SK, HUAWEI_TEMP_AK, HUAWEI_TEMP_SK, HUAWEI_TEMP_TOKEN, HUAWEI_AUTH_TOKEN),
    *(TENCENT_SECRET_ID, TENCENT_SECRET_KEY, TENCENT_TEMP_ID, TENCENT_TEMP_KEY, TENCENT_TEMP_TOKEN),
)


@dataclass(frozen=True)
class Outcome:
    """What a run printed: `result` as ansible-core reads it, and `output`, everything on stdout and stderr."""

    result: dict[str, Any]
    output: str
    code: int

    @property
    def failed(self) -> bool:
        return self.code != 0

    @property
    def msg(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def warnings(self) -> list[str]:
        return [_message(warning) for warning in self.result.get("warnings", [])]


@dataclass
class Clock:
    """Sleeping costs no time; the clock goes on all the same."""

    slept: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def monotonic(self) -> float:
        return time.monotonic() + self.slept


@dataclass
class Host:
    """Where modules run: an environment without anything of the user's, and a home directory."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def run(
        self,
        module: str,
        options: Mapping[str, Any],
        *,
        check: bool = False,
        diff: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Runs `module` with `options`; `environ` comes on top of the host's."""
        surroundings = {"HOME": str(self.home), "PATH": os.defpath, **self.environ, **(environ or {})}
        # _ansible_no_log keeps runs out of this machine's system log, and hides nothing of the result.
        given = {**options, "_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_no_log": True}
        stdout, stderr = io.StringIO(), io.StringIO()
        _forget()
        with (
            mock.patch.dict(os.environ, surroundings, clear=True),
            mock.patch.object(
                _module, "Context", partial(Context, sleep=self.clock.sleep, monotonic=self.clock.monotonic)
            ),
            contextlib.redirect_stdout(stdout),
            contextlib.redirect_stderr(stderr),
            _arguments(given),
        ):
            code = _exit_code(load(module))
        printed = stdout.getvalue()
        (answer,) = printed.strip().splitlines()
        return Outcome(json.loads(answer), printed + stderr.getvalue(), code)

    def write(self, name: str, text: str) -> Path:
        """A file in the home directory."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def cloud_of(module: str) -> str:
    """Which cloud a module works with: "huawei" or "tencent"."""
    return module.partition("_")[0]


def load(module: str) -> ModuleType:
    return importlib.import_module(f"ansible_collections.secops.cfw.plugins.modules.{module}")


def spec_of(module: str) -> OptionSpec:
    """The specification that the module runs with."""
    (spec,) = {id(value): value for value in vars(load(module)).values() if isinstance(value, OptionSpec)}.values()
    return spec


def _exit_code(module: ModuleType) -> int:
    try:
        module.main()
    except SystemExit as end:
        return int(end.code or 0)
    raise AssertionError("the module returned without exit_json or fail_json")


@contextlib.contextmanager
def _arguments(given: Mapping[str, Any]) -> Iterator[None]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # before ansible-core 2.19
        encoded = json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()
        with mock.patch.object(basic, "_ANSIBLE_ARGS", encoded):
            yield
    else:
        with patch_module_args(dict(given)):
            yield


def _forget() -> None:
    """What ansible-core keeps of the run before, which a process of its own would not know."""
    for name in ("_global_warnings", "_global_deprecations"):
        getattr(warnings, name).clear()
    with contextlib.suppress(ImportError):  # from ansible-core 2.19 on
        from ansible.module_utils._internal import _traceback

        _traceback._module_tracebacks_enabled_events = None


def _message(warning: Any) -> str:
    """A warning's text; from ansible-core 2.19 on it is an object."""
    return str(warning["event"]["msg"]) if isinstance(warning, Mapping) else str(warning)
