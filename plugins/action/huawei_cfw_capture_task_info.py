# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.secops.cfw.plugins.plugin_utils._in_process import action_of

ActionModule = action_of("huawei_cfw_capture_task_info")
