# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent's info modules as a user meets them: each run with a log of its own, and the same in check mode."""

from __future__ import annotations

from typing import Any

from support.reader import Reader


class Info(Reader):
    """Runs of one operation that only reads; the emulator's log has the calls of the last one."""

    def run(self, check: bool = False, **given: Any) -> dict[str, Any]:
        self._forget()
        return super().run(check, **given)

    def fails(self, check: bool = False, **given: Any) -> dict[str, Any]:
        self._forget()
        return super().fails(check, **given)

    def same_in_check_mode(self, **given: Any) -> dict[str, Any]:
        """The result of a run, after one in check mode that has to be the same."""
        planned = self.run(check=True, **given)
        result = self.run(**given)
        assert {**planned, "clock": None} == {**result, "clock": None}
        return result

    def _forget(self) -> None:
        self.emu.clear_log()
        self._looked = 0
