#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_cfw_capture_task
short_description: Capture packets at a Huawei Cloud Firewall
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Starts, stops and deletes packet-capture tasks of the Huawei Cloud Firewall (CFW), as evidence of an attack.
  - A capture is started at most once in a run, whatever happens to the answer. The list of tasks is read first, and
    read again until it shows the new task. An answer that is lost is never met with a second request.
  - One capture runs at a time, and 20 can be started in a day. Whether that holds for each firewall or for the account
    is not documented.
  - Huawei Cloud keeps captured files for seven days.
options:
  fw_instance_id:
    description:
      - The id of the firewall, as the console shows it.
    type: str
    required: true
  state:
    description:
      - V(present) makes sure that the capture exists, and starts it if it doesn't.
      - V(stopped) ends the capture; what was captured until then stays. The module waits until the task has ended. A
        task that does not exist is an error.
      - V(absent) deletes the task B(and what it captured). A running capture is stopped first. The module waits until
        the list no longer shows the task. A task that does not exist is fine.
    type: str
    choices: [present, stopped, absent]
    default: present
  name:
    description:
      - The name of the capture, of at most 255 characters. It identifies the task on its firewall, so that a second run
        finds it again.
      - Required with O(state=present). With O(state=stopped) and O(state=absent), exactly one of O(name) and
        O(task_id) is needed.
      - If several tasks have this name, the module fails and lists their ids.
    type: str
  task_id:
    description:
      - The id of a task, for O(state=stopped) and O(state=absent).
    type: str
  source:
    description:
      - Where the packets come from. Required with O(state=present).
    type: dict
    suboptions:
      address:
        description:
          - An IPv4 or IPv6 address.
          - A prefix such as V(203.0.113.0/24) is passed on if it has no host bits set. Whether the service takes it is
            not documented.
        type: str
        required: true
      address_type:
        description:
          - The address family, V(ipv4) (C(0) in the API) or V(ipv6) (C(1)). By default it is taken from the address.
        type: str
        choices: [ipv4, ipv6]
  destination:
    description:
      - Where the packets go to, of the same address family as O(source). Required with O(state=present).
    type: dict
    suboptions:
      address:
        description:
          - An IPv4 or IPv6 address.
          - A prefix such as V(203.0.113.0/24) is passed on if it has no host bits set. Whether the service takes it is
            not documented.
        type: str
        required: true
      address_type:
        description:
          - The address family, V(ipv4) (C(0) in the API) or V(ipv6) (C(1)). By default it is taken from the address.
        type: str
        choices: [ipv4, ipv6]
  service:
    description:
      - The protocol and the ports. Without it, everything between O(source) and O(destination) is captured.
    type: dict
    suboptions:
      protocol:
        description:
          - The protocol. The API's numbers are C(-1) for V(any), C(6) for V(tcp), C(17) for V(udp), C(1) for V(icmp)
            and C(58) for V(icmpv6).
          - V(icmp) goes with IPv4 and V(icmpv6) with IPv6 addresses.
        type: str
        choices: [any, tcp, udp, icmp, icmpv6]
        default: any
      source_port:
        description:
          - One port such as V(443), or a range such as V(8000-8010). All ports if it is absent or empty.
          - Not with V(icmp) and V(icmpv6), which have no ports.
        type: str
      dest_port:
        description:
          - One port such as V(443), or a range such as V(8000-8010). All ports if it is absent or empty.
          - Not with V(icmp) and V(icmpv6), which have no ports.
        type: str
  duration:
    description:
      - How long to capture, in minutes. Required with O(state=present).
    type: int
  max_packets:
    description:
      - After how many packets the capture ends, from V(1) to V(1000000). Required with O(state=present).
    type: int
  wait:
    description:
      - With O(state=present), what to wait for. With V(none) the module returns as soon as the list shows the task.
      - With V(running) it waits until packets are being captured. Block the attacker only after that, or the capture
        shows nothing.
      - With V(finished) it waits until the capture has ended, and fails if that ended abnormally.
      - O(state=stopped) and O(state=absent) always wait.
    type: str
    choices: [none, running, finished]
    default: none
  wait_timeout:
    description:
      - How many seconds to wait at most for what O(wait) asks for, or for a capture to stop.
      - By default O(duration) and two minutes more, or five minutes for a capture that is being stopped.
    type: float
  wait_interval:
    description:
      - How many seconds to let pass between two looks at the list, more than V(0).
    type: float
    default: 5
  when_busy:
    description:
      - What to do if another capture occupies the firewall. V(fail) names that capture, V(wait) waits for its end.
    type: str
    choices: [fail, wait]
    default: fail
  busy_timeout:
    description:
      - How many seconds to wait at most for a busy firewall, with O(when_busy=wait).
    type: float
    default: 600
  replace:
    description:
      - A task can't be changed. If a task called O(name) exists with another specification, this deletes it and
        captures anew.
      - Without it, the module fails and lists the differences.
    type: bool
    default: false
  discard_evidence:
    description:
      - Allows O(replace) to delete a task that has captured something, or that is still running.
    type: bool
    default: false
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.actiongroup_huawei
  - secops.cfw.huawei
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - A task of the same name and specification is left as it is, in whatever status it is. To capture the same again,
        use another name.
notes:
  - RV(api_calls) names the permission that each call needs, such as C(cfw:captureTask:create).
  - If two controllers start the same capture at the same moment, the service has to refuse one of them, which then
    reports the task of the other.
  - The service does not document which characters and what length a name may have, how long a capture may last, with
    which code it refuses when the firewall is busy or the day's captures are used up, and what status 3 means. Nothing
    here relies on these; status 3 counts as pending.
seealso:
  - name: Creating a packet capture task
    description: The page of the API.
    link: https://support.huaweicloud.com/intl/en-us/api-cfw/CreateCaptureTask.html
"""

EXAMPLES = r"""
# Keys come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK) or from a profile.

- name: Capture what the attacker sends to the web server, and go on once it is running
  secops.cfw.huawei_cfw_capture_task:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    name: INC-2041-web
    source:
      address: 203.0.113.7
    destination:
      address: 198.51.100.20
    service:
      protocol: tcp
      dest_port: "443"
    duration: 10
    max_packets: 100000
    wait: running
  register: cfw_capture

- name: End the capture early
  secops.cfw.huawei_cfw_capture_task:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    task_id: "{{ cfw_capture.task.task_id }}"
    state: stopped

# The connection, once for all Huawei Cloud modules of a play
- name: Respond at one firewall
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.huawei:
      region: cn-north-4
      profile: incident-response
  tasks:
    - name: Wait for a busy firewall, then capture until the end
      secops.cfw.huawei_cfw_capture_task:
        fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
        name: INC-2041-dns
        source:
          address: 2001:db8::7
        destination:
          address: 2001:db8::53
        service:
          protocol: udp
          dest_port: 53
        duration: 5
        max_packets: 1000000
        wait: finished
        when_busy: wait

    - name: Delete the task and its files once they are fetched
      secops.cfw.huawei_cfw_capture_task:
        fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
        name: INC-2041-dns
        state: absent

# Ad hoc, with keys from the environment:
#
#   ansible localhost -m secops.cfw.huawei_cfw_capture_task -a "region=cn-north-4 \
#     fw_instance_id=ebf891cd-2163-48a0-9963-6309f99dd3c4 name=INC-2041 duration=10 max_packets=100000 wait=running \
#     source='address=203.0.113.7' destination='address=198.51.100.20' service='protocol=tcp,dest_port=443'"
"""

RETURN = r"""
task:
  description:
    - The task as the list shows it after the run, or in check mode as it would be. V(null) if there is none.
  returned: success, and on failure if it is known
  type: dict
  contains:
    task_id:
      description: The id. It is empty in check mode for a task that would be created.
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
      description: For how many days the service still keeps the files. V(null) if the service does not say.
      type: int
    created_date:
      description: When it was created, in the service's words. The time zone is not documented.
      type: str
    modified_date:
      description: When it was last changed, in the service's words.
      type: str
  sample:
    task_id: 5b8f2f5e-9a76-4b43-8d33-6b1b7f3a9a11
    name: INC-2041-web
    source: {address: 203.0.113.7, address_type: ipv4}
    destination: {address: 198.51.100.20, address_type: ipv4}
    service: {protocol: tcp, source_port: "", dest_port: "443"}
    duration: 10
    max_packets: 100000
    status: running
    status_code: 2
    capture_size: ""
    remaining_days: 7
    created_date: 2026/11/21 10:17:30
    modified_date: 2026/11/21 10:17:30
evidence:
  description:
    - What the files of the task hold. V(complete) if the capture finished, V(partial) if it was stopped or ended
      abnormally after capturing something, V(none) otherwise, also while it still runs.
  returned: success, and on failure if it is known
  type: str
  sample: none
duplicates:
  description:
    - Other tasks of the same name and specification that appeared beside the one in RV(task). Nothing was deleted.
    - When the module fails because several tasks have the name, all of them.
  returned: success, and on failure if there are any
  type: list
  elements: dict
  sample: []
differences:
  description:
    - How an existing task of this name differs from the one that was asked for, one line for each field.
  returned: failure, when a task of this name has another specification
  type: list
  elements: str
  sample: ["duration: is 5, wanted 10"]
holder:
  description:
    - The task that occupies the firewall, in the shape of RV(task).
  returned: failure, when the firewall is busy
  type: dict
  sample: {task_id: 0d5c1c8e-3c0a-4a0b-9a49-7e3b1c3f9f10, name: INC-2040, status: running}
api_calls:
  description:
    - What was asked of the cloud, one row for each call.
  returned: always, unless ansible-core itself refuses the options
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
      description: The service's ids of requests that write.
      type: list
      elements: str
    permission:
      description: The permission that the call needs.
      type: str
  sample:
    - {call: ListCaptureTask, count: 2, attempts: 2, request_ids: [], permission: "cfw:captureTask:list"}
    - call: CreateCaptureTask
      count: 1
      attempts: 1
      request_ids: [7a2b1f0c9d8e4f5a6b7c8d9e0f1a2b3c]
      permission: cfw:captureTask:create
diff:
  description:
    - The task before and after, in the shape of RV(task), and empty where there is none.
  returned: success
  type: dict
  sample: {before: {}, after: {name: INC-2041-web}}
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
    - About the options, before anything is sent, V(invalid_input) and V(no_credential).
    - About the task, V(ambiguous_name), V(specification_differs), V(evidence_would_be_lost), V(firewall_busy),
      V(task_not_found), V(task_vanished), V(wait_timeout), V(capture_abnormal), V(create_outcome_unknown) and
      V(delete_not_confirmed).
    - About the service and the way to it, V(project_not_found), V(project_ambiguous), V(list_incomplete),
      V(connection_failed), V(tls_failed), V(proxy_failed), V(timeout), V(connection_lost), V(redirected),
      V(response_too_large), V(response_unreadable), V(unreadable_answer), and C(http_) with the status of an answer
      that holds no code.
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
    code: firewall_busy
    message: "The firewall is busy: one capture runs at a time, and 'INC-2040' (task_id
      0d5c1c8e-3c0a-4a0b-9a49-7e3b1c3f9f10, running) of 10 minutes, created 2026/11/21 10:12:00, holds it"
    request_id: ""
    hint: "Wait with when_busy: wait, or end that capture with state: stopped"
"""

from ansible_collections.secops.cfw.plugins.module_utils._huawei.capture_task import CAPTURE_TASK, run
from ansible_collections.secops.cfw.plugins.module_utils._module import run_module


def main() -> None:
    run_module(CAPTURE_TASK, run)


if __name__ == "__main__":
    main()
