#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_cfw_alert_info
short_description: Find alerts of the Tencent Cloud Firewall, and their logs
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Finds the alerts of the Tencent Cloud Firewall (CFW) in a time window, filtered by level, direction, status,
    addresses and ids, and with O(logs=true) the logs of the intrusion defence too. All pages are read.
  - RV(alerts[].attackers) and RV(alerts[].event_id) are what M(secops.cfw.tencent_cfw_alert_rule) takes as C(ips) and
    C(alert_ids).
options:
  start:
    description:
      - The begin of the time window, as ISO 8601 with a zone (in quotes), Unix seconds, or so long ago such as V(30m) or
        V(24h).
    type: str
    default: 24h
  end:
    description:
      - The end of the time window, in the same forms, or V(now).
    type: str
    default: now
  alert_ids:
    description:
      - Only alerts of these event ids, as a list or separated by commas, present ones or those from before the
        service put alerts together anew. An id that stands for several alerts is an error of the service.
      - Log ids are found in RV(logs), with O(logs=true).
    type: list
    elements: str
  ips:
    description:
      - Only alerts in which one of these addresses is the source or the destination, as a list or separated by commas.
    type: list
    elements: str
  level:
    description:
      - Only alerts of these levels.
    type: list
    elements: str
    choices: [low, middle, high]
  direction:
    description:
      - Only alerts of these directions. V(lateral) is traffic inside the network.
    type: list
    elements: str
    choices: [inbound, outbound, lateral]
  status:
    description:
      - Only alerts of these statuses, such as V(unhandled) for those that nobody has acted on.
    type: list
    elements: str
    choices: [unhandled, handled, blocked, passed, isolated, ignored]
  logs:
    description:
      - Whether to read the logs of the intrusion defence (C(rule_threatinfo)) too. They are filtered by the same window,
        O(level), O(direction), O(ips) and, if given, O(alert_ids) (their own ids and those of RV(alerts)). A log has no
        status.
    type: bool
    default: false
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.info_module
  - secops.cfw.attributes.actiongroup_tencent
  - secops.cfw.tencent
notes:
  - A value that the service does not show in a record, such as a log's level, does not exclude it.
  - An alert is a call for each 50, logs one for each 1000. With up to five O(ips), all IPv4, the service is asked for
    each of them as source and as destination; otherwise the window is read whole and filtered here.
  - The names of most fields of alerts and logs are not documented by the service. What is empty here may be in C(raw).
  - The international site has none of the calls, so that O(site=international) is refused.
seealso:
  - module: secops.cfw.tencent_cfw_alert_rule
  - name: DescribeCfwAlerts
    description: The page of the API (in Chinese).
    link: https://cloud.tencent.com/document/api/1132/134463
"""

EXAMPLES = r"""
# Keys come from the environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY) or from a profile.

# The connection, once for all Tencent Cloud modules of a play
- name: Find the alerts and block who caused them
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.tencent:
      profile: incident-response
  tasks:
    - name: Find the serious alerts of the last hours that nobody has acted on
      secops.cfw.tencent_cfw_alert_info:
        start: 6h
        level: high
        direction: inbound
        status: unhandled
      register: cfw_alerts

    - name: Learn which addresses are our own
      secops.cfw.tencent_cfw_asset_info: {}
      register: cfw_assets

    - name: Block who caused them, and never ourselves
      secops.cfw.tencent_cfw_alert_rule:
        action: block
        ips: "{{ cfw_alerts.alerts | map(attribute='attackers') | flatten | unique }}"
        duration: 7d
        comment: "ir:INC-2041;"
        protected: "{{ cfw_assets.assets | map(attribute='public_ips') | flatten }}"
      when: cfw_alerts.total > 0

    - name: Find the Huawei Cloud firewall
      secops.cfw.huawei_cfw_firewall_info:
        region: cn-north-4
        name: edge
      register: cfw_firewalls

    - name: Capture there what the first attacker does
      secops.cfw.huawei_cfw_capture_task:
        region: cn-north-4
        fw_instance_id: "{{ cfw_firewalls.firewalls[0].fw_instance_id }}"
        name: INC-2041
        source:
          address: "{{ cfw_alerts.alerts[0].attackers[0] }}"
        destination:
          address: 198.51.100.20
        duration: 10
        max_packets: 100000
      when: cfw_alerts.total > 0

    - name: Keep what happened around an alert, with its logs
      secops.cfw.tencent_cfw_alert_info:
        start: "2026-11-21T18:00:00+08:00"
        end: "2026-11-21T19:00:00+08:00"
        ips: 203.0.113.7
        logs: true
      register: cfw_evidence

# Ad hoc, with keys from the environment:
#
#   ansible localhost -m secops.cfw.tencent_cfw_alert_info -a "start=6h level=high status=unhandled"
"""

RETURN = r"""
alerts:
  description:
    - The alerts, the earliest first.
  returned: success
  type: list
  elements: dict
  contains:
    event_id:
      description: The id.
      type: str
    current_event_id:
      description:
        - The id after the service put alerts together anew, the same as RV(alerts[].event_id) if it did not.
      type: str
    name:
      description: The name of the attack.
      type: str
    level:
      description: The level, a word of O(level).
      type: str
    direction:
      description: The direction, a word of O(direction).
      type: str
    status:
      description: What was done about it, a word of O(status).
      type: str
    source_ips:
      description: The addresses that it came from.
      type: list
      elements: str
    destination_ips:
      description: The addresses that it went to.
      type: list
      elements: str
    attackers:
      description:
        - The addresses that a rule for the alert hits, the sources of an inbound and the destinations of an outbound
          alert. Empty for a lateral one.
      type: list
      elements: str
    count:
      description: How often it happened. V(null) if unknown.
      type: int
    first_seen:
      description: When it began, in ISO 8601 and Beijing time. V(null) if unknown.
      type: str
    last_seen:
      description: When it was last seen, in ISO 8601 and Beijing time. V(null) if unknown.
      type: str
    raw:
      description: The record as the service sent it.
      type: dict
  sample:
    - event_id: evt-1
      current_event_id: evt-1
      name: SQL injection
      level: high
      direction: inbound
      status: unhandled
      source_ips: [203.0.113.7]
      destination_ips: [198.51.100.20]
      attackers: [203.0.113.7]
      count: 138
      first_seen: "2026-11-21T18:19:53+08:00"
      last_seen: "2026-11-21T18:31:02+08:00"
      raw: {event_id: evt-1, occurrence_count: 138}
total:
  description:
    - The number of RV(alerts).
  returned: success
  type: int
  sample: 1
logs:
  description:
    - The logs, the earliest first.
  returned: if O(logs=true)
  type: list
  elements: dict
  contains:
    log_id:
      description: The id, which M(secops.cfw.tencent_cfw_alert_rule) takes among C(alert_ids).
      type: str
    event_id:
      description: The id of its alert, empty if the service does not show it.
      type: str
    name:
      description: The name of the attack.
      type: str
    level:
      description: The level, a word of O(level).
      type: str
    direction:
      description: The direction, a word of O(direction).
      type: str
    source_ips:
      description: The address that it came from.
      type: list
      elements: str
    source_port:
      description: The port that it came from. V(null) if unknown.
      type: int
    destination_ips:
      description: The address that it went to.
      type: list
      elements: str
    destination_port:
      description: The port that it went to. V(null) if unknown.
      type: int
    attackers:
      description: The address that a rule for it hits, as in RV(alerts[].attackers).
      type: list
      elements: str
    first_seen:
      description: When it began, in ISO 8601 and Beijing time. V(null) if unknown.
      type: str
    last_seen:
      description: When it ended, in ISO 8601 and Beijing time. V(null) if unknown.
      type: str
    raw:
      description: The record as the service sent it.
      type: dict
  sample:
    - log_id: a67d60bb5ede9b962ac19ad24b28be54
      event_id: evt-1
      name: SQL injection
      level: high
      direction: inbound
      source_ips: [203.0.113.7]
      source_port: 40123
      destination_ips: [198.51.100.20]
      destination_port: 443
      attackers: [203.0.113.7]
      first_seen: "2026-11-21T18:19:53+08:00"
      last_seen: "2026-11-21T18:19:53+08:00"
      raw: {log_id: a67d60bb5ede9b962ac19ad24b28be54, SourceIp: 203.0.113.7}
api_calls:
  description:
    - What was asked of the cloud, one row for each call.
  returned: always, once options are valid
  type: list
  elements: dict
  contains:
    call:
      description: The name of the call.
      type: str
    count:
      description: How often it was made.
      type: int
    attempts:
      description: How many requests that took, repetitions included.
      type: int
    request_ids:
      description: The service's ids of requests that write. Always empty here.
      type: list
      elements: str
    permission:
      description: The permission that the call needs. Its resource has to be C(*).
      type: str
  sample:
    - {call: DescribeCfwAlerts, count: 1, attempts: 1, request_ids: [], permission: "cfw:DescribeCfwAlerts"}
clock:
  description:
    - The clocks of the service and of the machine that ran the module, at the last answer, for records that compare
      times. V(null) if no answer stated its time.
  returned: always, unless ansible-core itself refuses the options
  type: dict
  contains:
    service:
      description: The service's time, in ISO 8601 and UTC.
      type: str
    controller:
      description: This machine's time, in ISO 8601 and UTC.
      type: str
    difference:
      description: By how many seconds the service's clock is ahead.
      type: int
  sample:
    service: "2026-11-21T10:19:53.000+00:00"
    controller: "2026-11-21T10:19:54.200+00:00"
    difference: -1
error:
  description:
    - What went wrong. RV(error.code) is the service's code or one of this collection's, which does not change with
      the language.
    - Codes of this collection are V(invalid_input), V(list_incomplete), V(connection_failed), V(connection_lost),
      V(timeout) and V(unreadable_answer).
  returned: failure
  type: dict
  contains:
    code:
      description: The code.
      type: str
    message:
      description: What happened.
      type: str
    request_id:
      description: The service's id of the request, for its support.
      type: str
    hint:
      description: What to do next.
      type: str
  sample:
    code: UnauthorizedOperation
    message: "UnauthorizedOperation: You are not authorized to perform cfw:DescribeCfwAlerts"
    request_id: 9ff0c548-66c4-4989-8e6e-c616a1340d84
    hint: Allow the call in the account's access policies; its resource must be *
"""

from ansible_collections.secops.cfw.plugins.module_utils._module import run_module
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_info import ALERT_INFO, run


def main() -> None:
    run_module(ALERT_INFO, run)


if __name__ == "__main__":
    main()
