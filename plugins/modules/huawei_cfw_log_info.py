#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_cfw_log_info
short_description: Read the logs of a Huawei Cloud Firewall
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Reads the attack, access control or flow logs of a firewall of the Huawei Cloud Firewall (CFW) in a window of time,
    all pages, each log once, oldest first.
  - The logs are counted against what the service counts. If they are fewer, they are read again, also in the other ways
    in which the API's pages say that a list goes on. If they still are, the module fails rather than return a part.
  - C(source), C(destination) and C(service) of RV(logs) have the shape that
    M(secops.cfw.huawei_cfw_capture_task) takes.
options:
  fw_instance_id:
    description:
      - The id of the firewall, as the console shows it.
    type: str
    required: true
  type:
    description:
      - Which logs. V(attack) are the alerts of the intrusion prevention, V(access_control) (C(acl) in the API) what the
        rules allowed and blocked, V(flow) the sessions.
    type: str
    required: true
    choices: [attack, access_control, flow]
  log_type:
    description:
      - Where the traffic was seen. V(internet) is the internet border, V(vpc) the border between VPCs, V(nat) a NAT
        gateway, V(vgw) a virtual gateway.
    type: str
    choices: [internet, nat, vpc, vgw]
    default: internet
  start:
    description:
      - The begin of the window. ISO 8601 with a time zone such as V(2026-11-21T10:00:00+08:00), Unix seconds, or so
        long ago, such as V(90s), V(30m), V(6h) or V(2d).
      - Write a time in quotes, or YAML makes something else of it.
    type: str
    default: 30m
  end:
    description:
      - The end of the window, written like O(start), or V(now).
      - Logs reach the service some minutes late. A window that ended some minutes ago is complete.
    type: str
    default: now
  ips:
    description:
      - Only logs that have one of these addresses as source or destination, or, in attack logs, as the client behind a
        web application firewall (C(real_ip)). A YAML list or text with commas.
      - Each address costs two calls, three for attack logs.
    type: list
    elements: str
  limit:
    description:
      - How many logs to return at most, from V(1) to V(50000). If there are more, RV(truncated) is V(true), and a
        warning says so.
    type: int
    default: 10000
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.info_module
  - secops.cfw.attributes.actiongroup_huawei
  - secops.cfw.huawei
notes:
  - RV(api_calls) names the permission that each call needs, such as C(cfw:attackLog:list).
  - Which logs the service sends first is not documented. When RV(truncated) is V(true), narrow the window until it is
    not.
  - Logs that arrive while they are read make a warning, not a failure, because everything that was there before is
    returned.
seealso:
  - module: secops.cfw.huawei_cfw_capture_task
  - name: Querying firewall logs
    description: The page of the API.
    link: https://support.huaweicloud.com/intl/en-us/api-cfw/ListLogs.html
"""

EXAMPLES = r"""
# Keys come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK) or from a profile.

- name: Find the attacks of the last hour from the address in the alert
  secops.cfw.huawei_cfw_log_info:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    type: attack
    start: 1h
    ips: 203.0.113.7
  register: cfw_attacks

- name: Capture what it sends to the address that it attacked last
  secops.cfw.huawei_cfw_capture_task:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    name: INC-2041-web
    source: "{{ cfw_attacks.logs[-1].source }}"
    destination: "{{ cfw_attacks.logs[-1].destination }}"
    duration: 10
    max_packets: 100000
  when: cfw_attacks.total > 0

# The connection, once for all Huawei Cloud modules of a play
- name: Look at one firewall
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.huawei:
      region: cn-north-4
      profile: incident-response
  tasks:
    - name: Read the sessions around an attack as evidence
      secops.cfw.huawei_cfw_log_info:
        fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
        type: flow
        start: "2026-11-21T10:00:00+08:00"
        end: "2026-11-21T11:00:00+08:00"
        ips: [203.0.113.7]
        limit: 50000
      register: cfw_flows

    - name: Take nothing less than all of them
      ansible.builtin.assert:
        that: not cfw_flows.truncated

# Ad hoc, with keys from the environment:
#
#   ansible localhost -m secops.cfw.huawei_cfw_log_info -a "region=cn-north-4 \
#     fw_instance_id=ebf891cd-2163-48a0-9963-6309f99dd3c4 type=attack start=6h"
"""

RETURN = r"""
logs:
  description:
    - The logs, oldest first. What a type of log does not have is empty or V(null).
  returned: success
  type: list
  elements: dict
  contains:
    log_id:
      description: The id.
      type: str
    type:
      description: The O(type).
      type: str
    time:
      description: When it happened, or when the session began. ISO 8601 in UTC. V(null) if the log has no time.
      type: str
    end_time:
      description: When the session of a flow log ended. V(null) for other types.
      type: str
    source:
      description: Where the traffic came from, C(address) and C(address_type).
      type: dict
    destination:
      description: Where it went to, C(address) and C(address_type).
      type: dict
    service:
      description:
        - The C(protocol), C(source_port) and C(dest_port). A protocol that M(secops.cfw.huawei_cfw_capture_task) does
          not know is in the service's words.
      type: dict
    direction:
      description: V(inbound) (C(out2in) in the API) or V(outbound) (C(in2out)).
      type: str
    action:
      description: V(allow) (C(permit) in the API) or V(block) (C(deny)).
      type: str
    application:
      description: The application, such as V(HTTP).
      type: str
    level:
      description: The severity of an attack, V(critical), V(high), V(medium) or V(low).
      type: str
    attack_type:
      description: The kind of an attack, in the service's words.
      type: str
    rule:
      description: The rule that saw the attack, or that allowed or blocked.
      type: str
    rule_id:
      description: The id of that rule.
      type: str
    real_ip:
      description: The client's address, if the source is a web application firewall.
      type: str
    bytes:
      description: The bytes of a flow. V(null) for other types.
      type: int
    packets:
      description: The packets of a flow. V(null) for other types.
      type: int
    raw:
      description: The record as the service sent it.
      type: dict
  sample:
    - log_id: "1792"
      type: attack
      time: "2026-11-21T02:17:30.000+00:00"
      end_time: null
      source: {address: 203.0.113.7, address_type: ipv4}
      destination: {address: 198.51.100.20, address_type: ipv4}
      service: {protocol: tcp, source_port: "50123", dest_port: "443"}
      direction: inbound
      action: allow
      application: HTTP
      level: high
      attack_type: Web Attack
      rule: SQL injection
      rule_id: "336150"
      real_ip: ""
      bytes: null
      packets: null
      raw: {log_id: "1792", event_time: 1795227450000, src_ip: 203.0.113.7}
total:
  description:
    - The number of RV(logs).
  returned: success
  type: int
  sample: 1
truncated:
  description:
    - Whether there are more logs than O(limit), so that RV(logs) is a part of them.
  returned: success
  type: bool
  sample: false
window:
  description:
    - From C(start) to C(end), ISO 8601 in UTC.
  returned: success
  type: dict
  sample: {start: "2026-11-21T01:30:00.000+00:00", end: "2026-11-21T02:30:00.000+00:00"}
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
      description: The permission that the call needs.
      type: str
  sample:
    - {call: ListLogs, count: 1, attempts: 1, request_ids: [], permission: "cfw:attackLog:list"}
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
    - Codes of this collection are V(invalid_input), V(list_incomplete),
      V(project_not_found), V(project_ambiguous), V(connection_failed), V(connection_lost), V(timeout) and
      V(unreadable_answer).
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
    code: list_incomplete
    message: "The logs show 3000 records but count 3001, 3 times in a row"
    request_id: ""
    hint: "Narrow the window with start and end, or end it some minutes ago, when no more logs arrive for it"
"""

from ansible_collections.secops.cfw.plugins.module_utils._huawei.log_info import LOG_INFO, run
from ansible_collections.secops.cfw.plugins.module_utils._module import run_module


def main() -> None:
    run_module(LOG_INFO, run)


if __name__ == "__main__":
    main()
