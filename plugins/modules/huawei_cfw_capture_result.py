#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_cfw_capture_result
short_description: Fetch what a Huawei Cloud Firewall captured
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Reads the result of a packet-capture task that has ended, and with O(dest) fetches its files as evidence.
  - Depending on the region the service answers in one of two ways, see RV(result_type). Either with a list of files,
    which O(dest) fetches; or with the link of a shared folder that opens with an extraction code in a browser. No
    call is documented that fetches such a folder, so that O(dest) fails there and says what to do instead.
  - The service keeps captured files for seven days.
options:
  fw_instance_id:
    description:
      - The id of the firewall, as the console shows it.
    type: str
    required: true
  name:
    description:
      - The name of the capture. Exactly one of O(name) and O(task_id) is needed.
      - If several tasks bear the name, the module fails and lists their ids.
    type: str
  task_id:
    description:
      - The id of the task.
    type: str
  dest:
    description:
      - A directory on the host that runs the module, which is made with mode V(0700) if it is missing.
      - Every file is written beside its place, of mode V(0600), and put there once it is complete, under the name
        that the service gives it. A name with a path separator, invisible characters, or a leading dot is refused.
      - Nothing is ever overwritten. What is in the place of a file and is not that file fails the module.
      - Without it, the files are listed and nothing is fetched.
    type: path
  max_file_bytes:
    description:
      - The largest file accepted, in bytes. The default is 64 GiB, a million packets of 64 KiB each.
    type: int
    default: 68719476736
  return_link:
    description:
      - Returns RV(link), the addresses and the extraction code. Whoever has them has the captured packets.
      - Set C(no_log=true) on this task and on every task that uses them. Ansible still hands the registered value to
        the next tasks, but prints C(censored) instead of results. Without it, the result of this task is shown with
        C(-v), and AWX stores it whatever the verbosity.
      - Without this option they are in no result and no message.
    type: bool
    default: false
  address_restriction:
    description:
      - From where the link or the addresses can be used. V(any) (C(type=0) in the API) means from everywhere, V(listed)
        (C(type=1)) from O(allowed_ips) only.
      - When absent, it is V(listed) if O(allowed_ips) holds something; else the service decides. Set V(listed) where
        O(allowed_ips) comes from a variable, so that an empty one fails instead of opening the link to all.
      - The service offers this in some regions only.
    type: str
    choices: [any, listed]
  allowed_ips:
    description:
      - One to three public addresses or prefixes from which the result can be fetched. With O(dest) the public
        address of the host that runs the module has to be among them.
    type: list
    elements: str
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.actiongroup_huawei
  - secops.cfw.huawei
attributes:
  check_mode:
    support: full
    details:
      - Nothing is written. The service is asked for the result, and the file server for the size of each file.
      - RV(files[].sha256) of a file that would be fetched is not known and V(null).
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - A file that is there, has the recorded SHA-256, and has the size and version that the server states, is left
        alone.
notes:
  - RV(api_calls) names the permission that each call needs, such as C(cfw:captureTask:getResult).
    C(DownloadCaptureFile) is the download itself; it goes to the object store, carries no credential, and needs no
    permission.
  - The service documents no checksum of a file. Therefore the module records size and SHA-256 of what it fetched, in
    C(.huawei_cfw_capture_<task_id>.json) in O(dest). On the next run it computes the SHA-256 of the file on disk and
    asks the server for the size, and for its C(ETag) and C(Last-Modified) where it sends them. Without the record,
    the file is fetched again and compared. A file that was altered on disk fails with V(file_altered), one that is
    another at the service fails with V(file_changed); neither is overwritten.
  - Once the service has the result no more, or the task was removed and is named by O(task_id), a result that was
    fetched whole stays V(unchanged) if the files are those that were fetched, and a warning says so.
  - Where a server states neither C(ETag) nor C(Last-Modified), a file of the same size counts as the same version.
  - A download that breaks is gone on with up to O(retries) times, and by the next run. What an earlier run left has
    to have the recorded SHA-256, and its last 64 KiB have to come again the same; otherwise, and where the server
    knows no ranges, the file is fetched from its beginning.
  - A file is complete if it has the size that the server states. Where the server knows ranges, it states it twice
    in each answer; otherwise its C(Content-Length) is believed, and an answer without one is refused.
  - Files are streamed to disk in constant memory. Files are fetched from https addresses, and redirects are not
    followed.
  - In a container, such as an execution environment of AWX, O(dest) has to be on a mounted volume, or it is gone with
    the container.
  - To remove the captured files from the cloud once they are fetched, use M(secops.cfw.huawei_cfw_capture_task) with
    C(state=absent).
seealso:
  - module: secops.cfw.huawei_cfw_capture_task
  - module: secops.cfw.huawei_cfw_capture_task_info
  - name: Obtaining the result of a packet capture task
    description: The page of the API.
    link: https://support.huaweicloud.com/intl/en-us/api-cfw/ListCaptureResult.html
"""

EXAMPLES = r"""
# Keys come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK) or from a profile.

- name: Fetch the files of a capture that has ended
  secops.cfw.huawei_cfw_capture_result:
    region: cn-north-4
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    task_id: "{{ cfw_capture.task.task_id }}"
    dest: /srv/evidence/INC-2041

- name: Capture, wait for the end, and fetch
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.huawei:
      region: cn-north-4
      profile: incident-response
  tasks:
    - name: Capture what the attacker sends to the web server
      secops.cfw.huawei_cfw_capture_task:
        fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
        name: INC-2041-web
        source:
          address: 203.0.113.7
        destination:
          address: 198.51.100.20
        duration: 10
        max_packets: 100000
        wait: finished
      register: cfw_capture

    - name: Fetch the files
      secops.cfw.huawei_cfw_capture_result:
        fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
        task_id: "{{ cfw_capture.task.task_id }}"
        dest: /srv/evidence/INC-2041
      register: cfw_result

    - name: Say what was fetched
      ansible.builtin.debug:
        msg: "{{ item.sha256 }}  {{ item.path }}"
      loop: "{{ cfw_result.files }}"

# Where the service shares a folder instead of files, a person opens it
- name: Ask for the link, for the office's address only
  secops.cfw.huawei_cfw_capture_result:
    region: ap-southeast-3
    fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
    task_id: "{{ cfw_capture.task.task_id }}"
    return_link: true
    allowed_ips: 192.88.99.10
  register: cfw_result
  # The registered value is whole, but nothing of it is printed.
  no_log: true

- name: Hand it to the analyst, in a file that only they can read
  ansible.builtin.copy:
    dest: /srv/evidence/INC-2041/link.txt
    mode: "0600"
    content: |
      {{ cfw_result.link.url }}
      {{ cfw_result.link.extraction_code }}
  no_log: true

# Ad hoc, with keys from the environment:
#
#   ansible localhost -m secops.cfw.huawei_cfw_capture_result -a "region=cn-north-4 \
#     fw_instance_id=ebf891cd-2163-48a0-9963-6309f99dd3c4 name=INC-2041-web dest=/srv/evidence/INC-2041"
"""

RETURN = r"""
task:
  description:
    - The task that the result is of, as the list shows it. V(null) if it is not known.
  returned: once options are valid
  type: dict
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
      description: How long it captured at most, in minutes.
      type: int
    max_packets:
      description: After how many packets it ended at the latest.
      type: int
    status:
      description: V(finished), V(stopped) or V(abnormal); on failure also what a task is that has not ended.
      type: str
    status_code:
      description: The service's number for the status.
      type: int
    capture_size:
      description: How much was captured, as text, such as V(500kb).
      type: str
    remaining_days:
      description: For how many days the service still keeps the files.
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
    service: {protocol: any, source_port: "", dest_port: ""}
    duration: 10
    max_packets: 100000
    status: finished
    status_code: 1
    capture_size: 500kb
    remaining_days: 7
    created_date: 2026/11/21 10:17:30
    modified_date: 2026/11/21 10:27:31
evidence:
  description:
    - What the result holds. V(complete) for a finished capture, V(partial) for one that was stopped or ended
      abnormally after capturing something, V(none) otherwise.
  returned: once options are valid
  type: str
  sample: complete
result_type:
  description:
    - V(files) if the service listed files, V(link) if it shares a folder, V(none) if there is nothing. That is a
      failure, except for a task that ended abnormally, which is a warning.
  returned: once options are valid
  type: str
  sample: files
directory:
  description: What O(dest) names, as an absolute path; V(null) without O(dest).
  returned: once options are valid
  type: str
  sample: /srv/evidence/INC-2041
expires:
  description:
    - Until when the shared folder can be opened, as the service's number; its unit is not documented. V(null) for
      files.
  returned: once options are valid
  type: int
  sample: null
files:
  description:
    - The files of the result; on failure those that were dealt with until then. Empty if the service shares a folder.
  returned: once options are valid
  type: list
  elements: dict
  contains:
    file_name:
      description: The name that the service gives it.
      type: str
    result:
      description:
        - V(fetched) if this run put it into O(dest), V(unchanged) if it was there, V(listed) without O(dest).
      type: str
    path:
      description: Where it is; V(null) without O(dest).
      type: str
    size:
      description: The size in bytes; V(null) without O(dest).
      type: int
    sha256:
      description: The SHA-256 of the file on disk in hexadecimal digits; V(null) if there is none.
      type: str
  sample:
    - file_name: 5b8f2f5e_0.pcap
      result: fetched
      path: /srv/evidence/INC-2041/5b8f2f5e_0.pcap
      size: 512000
      sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
link:
  description:
    - How to get at the result without this module. A secret, so that the task needs C(no_log=true).
  returned: with O(return_link=true), once options are valid
  type: dict
  contains:
    url:
      description: The address of the shared folder; empty if the service listed files.
      type: str
    extraction_code:
      description: The code that opens the folder; empty if the service listed files.
      type: str
    expires:
      description: As RV(expires); V(null) for files.
      type: int
    files:
      description:
        - The C(file_name) and the presigned C(url) of each file. An address has to be used exactly as it stands.
      type: list
      elements: dict
    headers:
      description: The headers to ask for files with, C(Host).
      type: dict
  sample:
    url: https://share.example.com/folder?token=EXAMPLE
    extraction_code: EXAMPLE
    expires: 1795000000
    files: []
    headers: {}
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
      description: The service's ids of requests that write; this module makes none.
      type: list
      elements: str
    permission:
      description: The permission that the call needs.
      type: str
  sample:
    - {call: ListCaptureTask, count: 1, attempts: 1, request_ids: [], permission: "cfw:captureTask:list"}
    - {call: ListCaptureResult, count: 1, attempts: 1, request_ids: [], permission: "cfw:captureTask:getResult"}
    - {call: DownloadCaptureFile, count: 1, attempts: 1, request_ids: [], permission: ""}
diff:
  description:
    - The files in O(dest) before and after, with C(path), C(size) and C(sha256).
  returned: once options are valid
  type: dict
  sample: {before: {files: []}, after: {files: []}}
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
    - Codes of this collection are V(invalid_input), V(ambiguous_name), V(task_not_found), V(task_not_finished),
      V(result_missing), V(link_only), V(unusable_link), V(unsafe_file_name), V(not_a_regular_file), V(file_exists),
      V(file_altered), V(file_changed), V(file_too_large), V(size_mismatch), V(download_refused), V(dest_busy),
      V(no_space), V(write_failed), V(read_failed), V(redirected), V(list_incomplete), V(project_not_found),
      V(project_ambiguous), V(connection_failed), V(connection_lost), V(timeout) and V(unreadable_answer).
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
    code: task_not_finished
    message: Capture task 'INC-2041-web' (task_id 5b8f2f5e, running) has not ended, and has no result yet
    request_id: ""
    hint: "Wait for its end with huawei_cfw_capture_task and wait: finished, or end it with state: stopped"
"""

from ansible_collections.secops.cfw.plugins.module_utils._huawei.capture_result import CAPTURE_RESULT, run
from ansible_collections.secops.cfw.plugins.module_utils._module import run_module


def main() -> None:
    run_module(CAPTURE_RESULT, run)


if __name__ == "__main__":
    main()
