#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_cfw_eip_info
short_description: List the public addresses behind a Huawei Cloud Firewall
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Lists the account's public addresses (elastic IPs) at the internet border of a firewall of the Huawei Cloud Firewall
    (CFW), all pages, and whether each is protected.
  - The service is first asked to bring its copy of the account's addresses up to date.
options:
  fw_instance_id:
    description:
      - The id of the firewall, as the console shows it. Its internet border is looked up.
      - Exactly one of O(fw_instance_id) and O(object_id) is needed.
    type: str
  object_id:
    description:
      - The id of the internet border, as M(secops.cfw.huawei_cfw_firewall_info) returns it.
    type: str
  status:
    description:
      - Only addresses that are V(protected) (C(0) in the API) or V(unprotected) (C(1)).
    type: str
    choices: [protected, unprotected]
  ips:
    description:
      - Only these addresses, a YAML list or text with commas, IPv4 or IPv6.
    type: list
    elements: str
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.info_module
  - secops.cfw.attributes.actiongroup_huawei
  - secops.cfw.huawei
notes:
  - RV(api_calls) names the permission that each call needs, such as C(cfw:eip:list).
  - An address that RV(eips[].protected) says is protected is not inspected while RV(eips[].bypass) is V(bypassed).
seealso:
  - module: secops.cfw.huawei_cfw_firewall_info
  - name: Querying the EIP list
    description: The page of the API.
    link: https://support.huaweicloud.com/intl/en-us/api-cfw/ListEips.html
"""

EXAMPLES = r"""
# Keys come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK) or from a profile.

- name: See which addresses nothing protects
  secops.cfw.huawei_cfw_eip_info:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    status: unprotected
  register: cfw_unprotected

- name: Tell
  ansible.builtin.debug:
    msg: "{{ cfw_unprotected.eips | map(attribute='public_ip') }}"

- name: See whether the attacked address is ours, and what is behind it
  secops.cfw.huawei_cfw_eip_info:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    ips: 198.51.100.20
  register: cfw_attacked

# The connection, once for all Huawei Cloud modules of a play
- name: Look at one firewall
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.huawei:
      region: cn-north-4
      profile: incident-response
  tasks:
    - name: List the addresses that it protects
      secops.cfw.huawei_cfw_eip_info:
        fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
        status: protected
      register: cfw_protected

# Ad hoc, with keys from the environment:
#
#   ansible localhost -m secops.cfw.huawei_cfw_eip_info -a "region=cn-north-4 \
#     fw_instance_id=ebf891cd-2163-48a0-9963-6309f99dd3c4 ips=198.51.100.20"
"""

RETURN = r"""
eips:
  description:
    - The addresses, in the service's order.
  returned: success
  type: list
  elements: dict
  contains:
    eip_id:
      description: The id of the address.
      type: str
    public_ip:
      description: The IPv4 address, or nothing.
      type: str
    public_ipv6:
      description: The IPv6 address, or nothing.
      type: str
    protected:
      description: Whether the firewall protects it.
      type: bool
    status:
      description: V(protected) or V(unprotected), or the service's number if it is neither.
      type: str
    bypass:
      description: Whether its traffic is led past the firewall. V(none), V(bypassed), or V(failed).
      type: str
    device:
      description: What the address is bound to.
      type: dict
      contains:
        device_id:
          description: The id.
          type: str
        name:
          description: The name.
          type: str
        type:
          description:
            - V(server), V(nat_gateway), V(load_balancer) or V(vpn), or the service's word for any other.
          type: str
        owner:
          description: Its owner, in the service's words.
          type: str
    fw_instance_id:
      description: The id of the firewall that protects it.
      type: str
    fw_instance_name:
      description: The name of that firewall.
      type: str
    object_id:
      description: The id of the internet border that it belongs to.
      type: str
    enterprise_project_id:
      description: The id of the address's enterprise project.
      type: str
    tags:
      description: Its tags, if they can be read.
      type: dict
    raw:
      description: The record as the service sent it.
      type: dict
  sample:
    - eip_id: 3c1f2d4b-1b7e-4f5e-9a3c-5f0e8f2d6b91
      public_ip: 198.51.100.20
      public_ipv6: ""
      protected: true
      status: protected
      bypass: none
      device: {device_id: 0f9d3c2e-6a55-4a1e-b1f7-2d7f4e8a9c10, name: web-1, type: server, owner: "compute:az1"}
      fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
      fw_instance_name: edge
      object_id: 9b0e5f3c-7f4d-4a36-8c0d-3d2f4b7f1a55
      enterprise_project_id: "0"
      tags: {}
      raw: {public_ip: 198.51.100.20, status: 0}
total:
  description:
    - The number of RV(eips).
  returned: success
  type: int
  sample: 1
object_id:
  description:
    - The id of the internet border that was asked about.
  returned: success
  type: str
  sample: 9b0e5f3c-7f4d-4a36-8c0d-3d2f4b7f1a55
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
    - {call: ListEips, count: 1, attempts: 1, request_ids: [], permission: "cfw:eip:list"}
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
    message: "The list of public addresses shows 3 records but counts 4, 3 times in a row"
    request_id: ""
    hint: "Nothing was decided on an incomplete list; run it again in a minute"
"""

from ansible_collections.secops.cfw.plugins.module_utils._huawei.eip_info import EIP_INFO, run
from ansible_collections.secops.cfw.plugins.module_utils._module import run_module


def main() -> None:
    run_module(EIP_INFO, run)


if __name__ == "__main__":
    main()
