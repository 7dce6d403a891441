# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils._filters import as_filter


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"unblock_by_case": as_filter("_unblock_result.by_case", dictionaries=True)}
