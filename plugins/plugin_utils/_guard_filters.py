# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the role guard."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.plugin_utils._guard import offline
from ansible_collections.secops.cfw.plugins.plugin_utils._guard_online import online


def guard_offline(options: Any) -> Any:
    if not isinstance(options, Mapping):
        raise AnsibleFilterError("guard_offline: the input is not a dictionary of the role's variables without guard_")
    return offline(options, Context(environ=os.environ, home=os.path.expanduser("~")))


def guard_online(plan: Any, eips: Any = None, assets: Any = None, huawei: Any = None, tencent: Any = None) -> Any:
    if not isinstance(plan, Mapping) or "go_online" not in plan:
        raise AnsibleFilterError("guard_online: the input is not what the filter secops.cfw.guard_offline returns")
    return online(plan, eips=eips, assets=assets, huawei=huawei, tencent=tencent)
