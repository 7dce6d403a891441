# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Event filter for alerts of anything that can say who attacked whom."""

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
        read_generic,
    )
finally:
    sys.path.pop(0)

DOCUMENTATION = r"""
---
short_description: Read alerts of any other system
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Turns alerts of a SIEM, an IDS or anything else into events of one shape. Where the fields are, options tell.
  - Every path is a chain of names with dots between them; a number is a place in a list, from 0.
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
  alerts:
    description:
      - Where in the payload the list of alerts is. Empty if the payload is one alert or the list itself.
    type: str
    default: ""
  sources:
    description:
      - Where in an alert the addresses are that the traffic came from, a text or a list.
    type: str
    default: sources
  destinations:
    description:
      - Where in an alert the addresses are that the traffic went to.
    type: str
    default: destinations
  direction:
    description:
      - Where in an alert its direction is, V(inbound), V(outbound), or another usual word for these.
    type: str
    default: direction
  level:
    description:
      - Where in an alert its level is, V(low), V(medium), V(high), V(critical), or another usual word for these.
    type: str
    default: level
  name:
    description:
      - Where in an alert its name is.
    type: str
    default: name
  event_time:
    description:
      - Where in an alert its time is, ISO 8601 or Unix seconds or milliseconds. A time without a zone is Beijing
        time.
    type: str
    default: event_time
  alert_id:
    description:
      - Where in an alert its id is.
    type: str
    default: id
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
# What Suricata writes into eve.json
- eda.builtin.webhook:
    host: 127.0.0.1
    port: 5000
    hmac_secret: "{{ cfw_event_secret }}"
  filters:
    - secops.cfw.cfw_alert:
        sources: src_ip
        destinations: dest_ip
        default_direction: inbound
        default_level: high
        name: alert.signature
        event_time: timestamp
        alert_id: flow_id
"""


def main(
    event: dict[str, Any],
    endpoint: str = "",
    payload: str = "payload",
    alerts: str = "",
    sources: str = "sources",
    destinations: str = "destinations",
    direction: str = "direction",
    level: str = "level",
    name: str = "name",
    event_time: str = "event_time",
    alert_id: str = "id",
    default_direction: str = "",
    default_level: str = "",
    max_attackers: int = MAX_ATTACKERS,
    max_alerts: int = MAX_ALERTS,
    max_attackers_per_hour: int = MAX_PER_HOUR,
    keep_payload: bool = False,
) -> dict[str, Any] | list[dict[str, Any]]:
    """One event for each attacker, and one for each thing that could not be read; see DOCUMENTATION."""
    options = Options(
        vendor="other",
        payload=payload,
        endpoint=endpoint,
        default_direction=default_direction,
        default_level=default_level,
        max_attackers=max_attackers,
        max_alerts=max_alerts,
        max_attackers_per_hour=max_attackers_per_hour,
        keep_payload=keep_payload,
    )
    paths = {
        "alerts": alerts,
        "sources": sources,
        "destinations": destinations,
        "direction": direction,
        "level": level,
        "name": name,
        "event_time": event_time,
        "alert_id": alert_id,
    }
    return events(event, options, read_generic(paths), time.time())
