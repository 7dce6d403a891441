# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils._filters import as_filter


def _cfw_firewalls(value: Any) -> Any:
    # Imported when it is used, as as_filter does. Of hosts, nothing but what is needed is to be resolved.
    from ansible_collections.secops.cfw.plugins.plugin_utils._firewalls import of_hosts

    return as_filter("_firewalls.read_firewalls")(of_hosts(value))


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cfw_firewalls": _cfw_firewalls}
