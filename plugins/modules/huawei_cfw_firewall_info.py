#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_cfw_firewall_info
short_description: List the firewalls of a Huawei Cloud account
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Lists the firewalls of the Huawei Cloud Firewall (CFW) in a region and project, all pages, filtered by name, id and
    status, with what each of them protects.
  - The other modules need the ids. RV(firewalls[].fw_instance_id) is where packets are captured, and the C(object_id)
    in RV(firewalls[].protected_objects) is what block and allow lists and public addresses belong to.
options:
  name:
    description:
      - Only firewalls of exactly this name.
    type: str
  fw_instance_id:
    description:
      - Only the firewall of this id.
    type: str
  status:
    description:
      - Only firewalls in one of these statuses. The API's numbers run from C(-1) for V(awaiting_payment) to C(11) for
        V(upgrade_failed), in the order of this list; V(unknown) is any other.
    type: list
    elements: str
    choices:
      - awaiting_payment
      - creating
      - deleting
      - running
      - upgrading
      - deleted
      - freezing
      - create_failed
      - delete_failed
      - freeze_failed
      - storing
      - store_failed
      - upgrade_failed
      - unknown
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.info_module
  - secops.cfw.attributes.actiongroup_huawei
  - secops.cfw.huawei
notes:
  - RV(api_calls) names the permission that each call needs, such as C(cfw:instance:list).
  - The list is one call for up to 1024 firewalls, the details are one more for each firewall that passes the filters.
seealso:
  - module: secops.cfw.huawei_cfw_capture_task
  - module: secops.cfw.huawei_cfw_eip_info
  - name: Querying the firewall list
    description: The page of the API.
    link: https://support.huaweicloud.com/intl/en-us/api-cfw/ListFirewallList.html
  - name: Querying a firewall instance
    description: The page of the API, for the protected objects.
    link: https://support.huaweicloud.com/intl/en-us/api-cfw/ListFirewallDetail.html
"""

EXAMPLES = r"""
# Keys come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK) or from a profile.

- name: Find the firewall
  secops.cfw.huawei_cfw_firewall_info:
    region: cn-north-4
    name: edge
    status: running
  register: cfw_firewalls

- name: Capture there
  secops.cfw.huawei_cfw_capture_task:
    region: cn-north-4
    fw_instance_id: "{{ cfw_firewalls.firewalls[0].fw_instance_id }}"
    name: INC-2041-web
    source:
      address: 203.0.113.7
    destination:
      address: 198.51.100.20
    duration: 10
    max_packets: 100000

- name: Show the id of its internet border, which block and allow lists need
  ansible.builtin.debug:
    msg: >-
      {{ (cfw_firewalls.firewalls[0].protected_objects | selectattr('type', 'eq', 'internet') | first).object_id }}

# The connection, once for all Huawei Cloud modules of a play
- name: List the firewalls of an enterprise project
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.huawei:
      region: cn-north-4
      profile: incident-response
  tasks:
    - name: List them
      secops.cfw.huawei_cfw_firewall_info:
        enterprise_project_id: "0"
      register: cfw_firewalls

# Ad hoc, with keys from the environment:
#
#   ansible localhost -m secops.cfw.huawei_cfw_firewall_info -a "region=cn-north-4"
"""

RETURN = r"""
firewalls:
  description:
    - The firewalls, in the service's order.
  returned: success
  type: list
  elements: dict
  contains:
    fw_instance_id:
      description: The id.
      type: str
    name:
      description: The name.
      type: str
    status:
      description: The status, a word of O(status).
      type: str
    status_code:
      description: The service's number for the status. V(null) if it gives none.
      type: int
    region:
      description: The region that was asked. Empty if only O(endpoint) says where that is.
      type: str
    enterprise_project_id:
      description: The id of its enterprise project.
      type: str
    protected_objects:
      description:
        - The borders that it protects. Empty if the service has no details of the firewall, which is so while it is
          being created, for example.
      type: list
      elements: dict
      contains:
        object_id:
          description: The id.
          type: str
        name:
          description: The name.
          type: str
        type:
          description: V(internet) (C(0) in the API) or V(vpc) (C(1)).
          type: str
    support_ipv6:
      description: Whether it inspects IPv6. V(null) if the service has no details of the firewall.
      type: bool
    tags:
      description: Its tags.
      type: dict
    raw:
      description:
        - The records as the service sent them, C(listed) by ListFirewallList and C(detail) by ListFirewallDetail.
      type: dict
  sample:
    - fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
      name: edge
      status: running
      status_code: 2
      region: cn-north-4
      enterprise_project_id: "0"
      protected_objects:
        - {object_id: 9b0e5f3c-7f4d-4a36-8c0d-3d2f4b7f1a55, name: edge-internet, type: internet}
      support_ipv6: true
      tags: {team: network}
      raw: {listed: {fw_instance_name: edge, status: 2}, detail: {fw_instance_name: edge, status: 2}}
total:
  description:
    - The number of RV(firewalls).
  returned: success
  type: int
  sample: 1
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
    - {call: ListFirewallList, count: 1, attempts: 1, request_ids: [], permission: "cfw:instance:list"}
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
    message: "The list of firewalls shows 3 records but counts 4, 3 times in a row"
    request_id: ""
    hint: "Nothing was decided on an incomplete list; run it again in a minute"
"""

from ansible_collections.secops.cfw.plugins.module_utils._huawei.firewall_info import FIREWALL_INFO, run
from ansible_collections.secops.cfw.plugins.module_utils._module import run_module


def main() -> None:
    run_module(FIREWALL_INFO, run)


if __name__ == "__main__":
    main()
