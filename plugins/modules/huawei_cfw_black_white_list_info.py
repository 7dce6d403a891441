#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_cfw_black_white_list_info
short_description: List what is blocked and allowed at a Huawei Cloud Firewall
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Lists the entries of the blacklist and the whitelist of a border that a Huawei Cloud Firewall (CFW) protects, all
    pages.
options:
  action:
    description:
      - Only one of the lists, the blacklist (V(block), C(list_type) C(4) in the API) or the whitelist (V(allow), C(5)).
      - If left out, both.
    type: str
    choices: [block, allow]
  fw_instance_id:
    description:
      - The id of a firewall, whose internet border is meant. It is looked up first, which is one more call.
      - Exactly one of O(fw_instance_id) and O(object_id) has to be given.
    type: str
  object_id:
    description:
      - The id of the border that the lists belong to, such as one of the C(protected_objects) that
        M(secops.cfw.huawei_cfw_firewall_info) returns.
    type: str
  ips:
    description:
      - Only entries of exactly these addresses, prefixes and domains, a YAML list or text with commas. An address is not
        looked for in prefixes around it.
    type: list
    elements: str
  direction:
    description:
      - Only entries for where the traffic comes from (V(source), C(0) in the API) or goes to (V(destination), C(1)).
    type: str
    choices: [source, destination]
  description_prefix:
    description:
      - Only entries whose description begins with this text, such as C(ir:INC-2041;).
    type: str
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.info_module
  - secops.cfw.attributes.actiongroup_huawei
  - secops.cfw.huawei
notes:
  - The lists are read whole, whatever is looked for, as the service's own filters compare parts of addresses.
  - An entry has no end. What blocks for a time has to be taken off the list by somebody.
seealso:
  - module: secops.cfw.huawei_cfw_black_white_list
  - module: secops.cfw.huawei_cfw_firewall_info
  - module: secops.cfw.tencent_cfw_alert_rule_info
  - name: Querying the blacklist or whitelist
    description: The page of the API.
    link: https://support.huaweicloud.com/intl/en-us/api-cfw/ListBlackWhiteLists.html
"""

EXAMPLES = r"""
# Keys come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK) or from a profile.

- name: See whether an attacker is blocked or allowed
  secops.cfw.huawei_cfw_black_white_list_info:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    ips: 203.0.113.7
  register: cfw_listed

- name: Tell on which list
  ansible.builtin.debug:
    msg: "{{ cfw_listed.entries | map(attribute='action') }}"

- name: Find what was blocked for an incident
  secops.cfw.huawei_cfw_black_white_list_info:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    action: block
    description_prefix: "ir:INC-2041;"
  register: cfw_blocked

- name: Lift it
  secops.cfw.huawei_cfw_black_white_list:
    region: cn-north-4
    object_id: "{{ cfw_blocked.object_id }}"
    action: block
    ips: "{{ cfw_blocked.entries | map(attribute='target') }}"
    state: absent
  when: cfw_blocked.total > 0

# The connection, once for all Huawei Cloud modules of a play
- name: Keep a record of the lists
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.huawei:
      region: cn-north-4
      profile: incident-response
  tasks:
    - name: Read both lists
      secops.cfw.huawei_cfw_black_white_list_info:
        fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
      register: cfw_lists

# Ad hoc, with keys from the environment:
#
#   ansible localhost -m secops.cfw.huawei_cfw_black_white_list_info -a "region=cn-north-4 \
#     fw_instance_id=ebf891cd-2163-48a0-9963-6309f99dd3c4 ips=203.0.113.7"
"""

RETURN = r"""
entries:
  description:
    - The entries, those that block before those that allow, in the service's order.
  returned: success
  type: list
  elements: dict
  contains:
    target:
      description: The address or prefix in its canonical spelling, or the domain.
      type: str
    action:
      description: The list, V(block) or V(allow).
      type: str
    address:
      description: As RV(entries[].target).
      type: str
    address_type:
      description: V(ipv4), V(ipv6) or V(domain).
      type: str
    direction:
      description: V(source) or V(destination).
      type: str
    protocol:
      description: The protocol, V(any) for all of them.
      type: str
    port:
      description: The port or range, empty if the protocol has none.
      type: str
    description:
      description: The description.
      type: str
    list_id:
      description: The id of the entry.
      type: str
    raw:
      description: The record as the service sent it.
      type: dict
  sample:
    - target: 203.0.113.7
      action: block
      address: 203.0.113.7
      address_type: ipv4
      direction: source
      protocol: any
      port: ""
      description: "ir:INC-2041;"
      list_id: 5b8f2f5e-9a76-4b43-8d33-6b1b7f3a9a11
      raw: {address: 203.0.113.7, direction: 0, protocol: -1}
total:
  description:
    - The number of RV(entries).
  returned: success
  type: int
  sample: 1
object_id:
  description:
    - The id of the border that the lists belong to.
  returned: success
  type: str
  sample: 9b0e5f3c-7f4d-4a36-8c0d-3d2f4b7f1a55
project_id:
  description:
    - The project that was asked, as it was given, or as IAM knows it for the region.
  returned: success, and failure once it is known
  type: str
  sample: 0a1b2c3d4e5f60718293a4b5c6d7e8f9
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
    - {call: ListBlackWhiteLists, count: 2, attempts: 2, request_ids: [], permission: "cfw:blackWhite:list"}
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
    - Codes of this collection are V(invalid_input), V(firewall_not_found), V(no_internet_border),
      V(several_internet_borders), V(list_incomplete),
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
    message: "The block list of 9b0e5f3c-7f4d-4a36-8c0d-3d2f4b7f1a55 shows 3 records but counts 4, 3 times in a row"
    request_id: ""
    hint: "Nothing was decided on an incomplete list; run it again in a minute"
"""

from ansible_collections.secops.cfw.plugins.module_utils._huawei.black_white_list_info import BLACK_WHITE_LIST_INFO, run
from ansible_collections.secops.cfw.plugins.module_utils._module import run_module


def main() -> None:
    run_module(BLACK_WHITE_LIST_INFO, run)


if __name__ == "__main__":
    main()
