#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_cfw_capture_task_info
short_description: List the packet captures of a Huawei Cloud Firewall
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Lists the packet-capture tasks of a firewall of the Huawei Cloud Firewall (CFW), all pages, filtered by name, id and
    status.
  - A list that the service itself counts differently is read again, and fails the module if it still does not add up.
options:
  fw_instance_id:
    description:
      - The id of the firewall, as the console shows it.
    type: str
    required: true
  name:
    description:
      - Only tasks of exactly this name.
    type: str
  task_id:
    description:
      - Only the task of this id.
    type: str
  status:
    description:
      - Only tasks in one of these statuses. V(pending) is status 3, which is documented nowhere, and V(unknown) is any
        other number that is not.
    type: list
    elements: str
    choices: [abnormal, finished, running, pending, stopped, stopping, unknown]
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.info_module
  - secops.cfw.attributes.actiongroup_huawei
  - secops.cfw.huawei
notes:
  - RV(api_calls) names the permission that each call needs, such as C(cfw:captureTask:list).
  - The service can't filter, so that the whole list is read in any case.
seealso:
  - module: secops.cfw.huawei_cfw_capture_task
  - name: Querying capture tasks
    description: The page of the API.
    link: https://support.huaweicloud.com/intl/en-us/api-cfw/ListCaptureTask.html
"""

EXAMPLES = r"""
# Keys come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK) or from a profile.

- name: Find out what is being captured
  secops.cfw.huawei_cfw_capture_task_info:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    status: [running, stopping]
  register: cfw_captures

- name: End it
  secops.cfw.huawei_cfw_capture_task:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    task_id: "{{ item.task_id }}"
    state: stopped
  loop: "{{ cfw_captures.tasks }}"

# The connection, once for all Huawei Cloud modules of a play
- name: See what a case has captured
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.huawei:
      region: cn-north-4
      profile: incident-response
  tasks:
    - name: List the tasks of this name
      secops.cfw.huawei_cfw_capture_task_info:
        fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
        name: INC-2041-web
      register: cfw_captures

# Ad hoc, with keys from the environment:
#
#   ansible localhost -m secops.cfw.huawei_cfw_capture_task_info -a "region=cn-north-4 \
#     fw_instance_id=ebf891cd-2163-48a0-9963-6309f99dd3c4"
"""

RETURN = r"""
tasks:
  description:
    - The tasks, in the service's order.
  returned: success
  type: list
  elements: dict
  contains:
    task_id:
      description: The id.
      type: str
    name:
      description: The name.
      type: str
    source:
      description: Where packets come from, C(address) and C(address_type).
      type: dict
    destination:
      description: Where packets go to, C(address) and C(address_type).
      type: dict
    service:
      description: The C(protocol), C(source_port) and C(dest_port). An empty port means all ports.
      type: dict
    duration:
      description: How long it captures, in minutes.
      type: int
    max_packets:
      description: After how many packets it ends.
      type: int
    status:
      description:
        - V(running), V(stopping), V(pending) (undocumented status 3) or V(unknown) while it occupies the firewall.
        - V(finished), V(stopped) or V(abnormal) once it has ended.
      type: str
    status_code:
      description: The service's number for the status.
      type: int
    capture_size:
      description: How much was captured, as text, such as V(500kb).
      type: str
    remaining_days:
      description: For how many days the service still keeps the files. V(null) if it doesn't say.
      type: int
    created_date:
      description: When it was created, in the service's words. The time zone is not documented.
      type: str
    modified_date:
      description: When it was last changed, in the service's words.
      type: str
    evidence:
      description:
        - What a result would hold. V(complete) for a finished capture, V(partial) for one that was stopped or ended
          abnormally after capturing something, V(none) otherwise.
      type: str
    raw:
      description: The record as the service sent it.
      type: dict
  sample:
    - task_id: 5b8f2f5e-9a76-4b43-8d33-6b1b7f3a9a11
      name: INC-2041-web
      source: {address: 203.0.113.7, address_type: ipv4}
      destination: {address: 198.51.100.20, address_type: ipv4}
      service: {protocol: tcp, source_port: "", dest_port: "443"}
      duration: 10
      max_packets: 100000
      status: finished
      status_code: 1
      capture_size: 500kb
      remaining_days: 7
      created_date: 2026/11/21 10:17:30
      modified_date: 2026/11/21 10:27:30
      evidence: complete
      raw: {task_id: 5b8f2f5e-9a76-4b43-8d33-6b1b7f3a9a11, name: INC-2041-web, status: 1}
total:
  description:
    - The number of RV(tasks).
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
    - {call: ListCaptureTask, count: 1, attempts: 1, request_ids: [], permission: "cfw:captureTask:list"}
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
    message: "The list of capture tasks shows 3 tasks but counts 4, 3 times in a row"
    request_id: ""
    hint: "Nothing was decided on an incomplete list; run it again in a minute"
"""

from ansible_collections.secops.cfw.plugins.module_utils._huawei.capture_task_info import CAPTURE_TASK_INFO, run
from ansible_collections.secops.cfw.plugins.module_utils._module import run_module


def main() -> None:
    run_module(CAPTURE_TASK_INFO, run)


if __name__ == "__main__":
    main()
