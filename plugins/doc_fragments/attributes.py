# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module can say of itself in its C(attributes)."""

from __future__ import annotations


class ModuleDocFragment:
    # The module adds `support`, and `details` where there is something to know.
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description:
      - Under C(--check) nothing is written at the cloud, and the result says what the real run would do.
  diff_mode:
    description:
      - Under C(--diff) the result holds the state before and after.
  idempotent:
    description:
      - Run again with the same options, it finds nothing left to do, reports C(changed=false) and writes nothing.
  platform:
    description:
      - Where the module can run. It talks to the cloud from the host that the task runs on, usually the controller.
    support: full
    platforms: posix
"""

    # For a module that only reads.
    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads.
  diff_mode:
    support: N/A
    details:
      - This module only reads.
  idempotent:
    support: full
    details:
      - This module only reads.
"""

    # Not HUAWEI: secops.cfw.attributes.huawei would be looked up as the fragment huawei of its own file.
    ACTIONGROUP_HUAWEI = r"""
options: {}
attributes:
  action_group:
    description:
      - Set connection options for all Huawei Cloud modules of a play with C(group/secops.cfw.huawei) in
        C(module_defaults).
    support: full
    membership:
      - secops.cfw.huawei
"""

    ACTIONGROUP_TENCENT = r"""
options: {}
attributes:
  action_group:
    description:
      - Set connection options for all Tencent Cloud modules of a play with C(group/secops.cfw.tencent) in
        C(module_defaults).
    support: full
    membership:
      - secops.cfw.tencent
"""
