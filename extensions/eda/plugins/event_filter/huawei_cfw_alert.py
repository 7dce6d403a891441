# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Event filter for attack logs of the Huawei Cloud Firewall."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

# ansible-rulebook runs this file by its path, in a process that knows no collections: it is told where this one is.
sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 7)))
try:
    from ansible_collections.secops.cfw.plugins.plugin_utils._alert_events import (
        MAX_ALERTS,
        MAX_ATTACKERS,
        MAX_PER_HOUR,
        Options,
        events,
        read_huawei,
    )
finally:
    sys.path.pop(0)

DOCUMENTATION = r"""
---
short_description: Read attack logs of the Huawei Cloud Firewall
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Turns attack logs of the Huawei Cloud Firewall into events of one shape.
  - It takes rows of the attack log, as C(ListLogs) and C(ListAttackLogs) give them and the log service stores them, one,
    a list, or the whole answer, those that M(secops.cfw.huawei_cfw_log_info) returns, and each of them as the message of
    a notification of SMN (Simple Message Notification). What the firewall itself writes into the notifications of its
    alarms is not published, so that it is not known here.
  - An attack whose C(real_ip) is another address than its C(src_ip) came through a web application firewall or a proxy,
    and is not acted on, because the block would hit everybody who comes through it.
  - An event comes out for each attacker, with everything that a rule needs in C(event.cfw), and nothing else of the
    alert. C(event.cfw.ok) is false in an event that tells of what could not be read.
  - See the README of C(extensions/eda) in the collection for what is in C(event.cfw), and
    C(extensions/eda/rulebooks/respond.yml) for a rulebook.
options:
  endpoint:
    description:
      - Only events of this path of the webhook are for this filter; others go on as they are. Without it, all are.
    type: str
    default: ""
  payload:
    description:
      - Where in the event the alert is, with dots between the names. Empty for the event itself.
    type: str
    default: payload
  default_direction:
    description:
      - The direction of alerts that tell none, V(inbound) or V(outbound). Without it, these are not acted on.
    type: str
    default: ""
  default_level:
    description:
      - The level of alerts that tell none, V(low), V(medium), V(high) or V(critical). Without it, these are not acted on.
    type: str
    default: ""
  max_attackers:
    description:
      - With more attackers than this in one payload, nothing is done about any of them, and an event says so.
    type: int
    default: 20
  max_alerts:
    description:
      - The same for alerts.
    type: int
    default: 1000
  max_attackers_per_hour:
    description:
      - After so many attackers of one level within an hour, others are left to a person, and an event says so. The alerts
        of all filters of the process are counted together. Sources can be forged, and who forges many would have as many
        addresses blocked.
    type: int
    default: 100
  keep_payload:
    description:
      - Whether to leave what was sent in C(event.payload), for rules of your own. It may hold text of an attacker. Never
        put it into C(extra_vars), which Ansible takes for templates.
    type: bool
    default: false
"""

EXAMPLES = r"""
- eda.builtin.webhook:
    host: 127.0.0.1
    port: 5000
    hmac_secret: "{{ cfw_event_secret }}"
  filters:
    - secops.cfw.huawei_cfw_alert:
        endpoint: huawei
"""


def main(
    event: dict[str, Any],
    endpoint: str = "",
    payload: str = "payload",
    default_direction: str = "",
    default_level: str = "",
    max_attackers: int = MAX_ATTACKERS,
    max_alerts: int = MAX_ALERTS,
    max_attackers_per_hour: int = MAX_PER_HOUR,
    keep_payload: bool = False,
) -> dict[str, Any] | list[dict[str, Any]]:
    """One event for each attacker, and one for each thing that could not be read; see DOCUMENTATION."""
    options = Options(
        vendor="huawei",
        payload=payload,
        endpoint=endpoint,
        default_direction=default_direction,
        default_level=default_level,
        max_attackers=max_attackers,
        max_alerts=max_alerts,
        max_attackers_per_hour=max_attackers_per_hour,
        keep_payload=keep_payload,
    )
    return events(event, options, read_huawei, time.time())
