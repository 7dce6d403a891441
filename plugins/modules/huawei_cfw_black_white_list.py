#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_cfw_black_white_list
short_description: Block or allow addresses at the Huawei Cloud Firewall
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Puts addresses, prefixes and domains on the blacklist or the whitelist of a border that a Huawei Cloud Firewall (CFW)
    protects, takes them off again, or makes a list exactly what the task says.
  - The list is read before and after. What the module reports of an entry is what it read, not what the service answered.
  - An entry is identified by its direction, address, protocol and port. An entry that is there already is left alone,
    its description too.
options:
  state:
    description:
      - Whether the entries shall be on the list.
    type: str
    choices: [present, absent]
    default: present
  action:
    description:
      - Which list it is, the blacklist (V(block), C(list_type) C(4) in the API) or the whitelist (V(allow), C(5)).
    type: str
    choices: [block, allow]
    required: true
  fw_instance_id:
    description:
      - The id of a firewall, whose internet border is meant. It is looked up first, which is one more call.
      - Exactly one of O(fw_instance_id) and O(object_id) has to be given.
    type: str
  object_id:
    description:
      - The id of the border that the list belongs to, such as one of the C(protected_objects) that
        M(secops.cfw.huawei_cfw_firewall_info) returns.
    type: str
  ips:
    description:
      - Addresses, prefixes without host bits, and domains, as a list or separated by commas. C(/32) and C(/128) mean
        the single address.
      - Domains, with C(*.) in front for all of their subdomains, are taken by some versions of the service only.
      - Exactly one of O(ips) and O(entries) has to be given.
    type: list
    elements: str
  direction:
    description:
      - Whether O(ips) are where the traffic comes from (V(source), C(0) in the API) or where it goes to
        (V(destination), C(1)).
      - If left out, V(source) for addresses and prefixes, V(destination) for domains.
    type: str
    choices: [source, destination]
  protocol:
    description:
      - The protocol of all O(ips). In the API V(any) is C(-1), V(tcp) C(6), V(udp) C(17), V(icmp) C(1), V(icmpv6) C(58),
        V(sctp) C(132).
      - If left out, V(any).
    type: str
    choices: [any, tcp, udp, icmp, icmpv6, sctp]
  port:
    description:
      - The destination port of all O(ips), such as V(443), or a range such as V(8000-8010).
      - Needed with V(tcp), V(udp) and V(sctp), where V(1-65535) means all of them, and with nothing else.
    type: str
  description:
    description:
      - A description for the entries that are added. It is not a part of their identity, and alone never a change.
    type: str
  entries:
    description:
      - Entries that have not everything in common, instead of O(ips).
    type: list
    elements: dict
    suboptions:
      address:
        description:
          - An address, a prefix, or a domain, as in O(ips).
        type: str
        required: true
      direction:
        description:
          - As O(direction).
        type: str
        choices: [source, destination]
      protocol:
        description:
          - As O(protocol).
        type: str
        choices: [any, tcp, udp, icmp, icmpv6, sctp]
      port:
        description:
          - As O(port).
        type: str
      description:
        description:
          - As O(description).
        type: str
  exclusive:
    description:
      - Make the list exactly what O(ips) or O(entries) say, which removes all other entries from it.
      - The new entries are added first, and what they replace is removed once they are seen on the list. Only where they
        would not fit otherwise, the removal comes first.
      - At least one entry is needed, so that a list is never emptied by mistake.
    type: bool
    default: false
  batch_size:
    description:
      - How many entries one request carries at most, from V(1) to V(1000). The API does not document a limit.
    type: int
    default: 100
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.actiongroup_huawei
  - secops.cfw.huawei
  - secops.cfw.protection
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
notes:
  - The entries of a block are judged by O(protected) and the like before anything is sent, and one protected entry
    refuses the whole task. So are allow entries that would be removed, those that O(exclusive) removes included, by
    O(protected) alone. C(0.0.0.0/0) and C(::/0) are refused always.
  - To block private addresses at a VPC border, name them in O(allow_protected) and say why.
  - Whether a domain leads to a protected address is not checked. A warning says so if there are protected entries.
  - A list takes 2000 entries. If there is not enough room, the task fails before anything is changed and says which
    entries would not fit.
  - Without a change, the module makes one call for a list of up to 1024 entries, and one more with O(fw_instance_id).
  - Additions that the service neither confirmed nor refused are looked for during O(settle_timeout) and never sent
    again in the same run.
seealso:
  - module: secops.cfw.huawei_cfw_firewall_info
  - module: secops.cfw.tencent_cfw_alert_rule
  - name: Adding entries
    description: The page of the API (in Chinese).
    link: https://support.huaweicloud.com/api-cfw/BatchCreateBlackWhiteList.html
"""

EXAMPLES = r"""
# Keys come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK) or from a profile.

- name: Find the firewall
  secops.cfw.huawei_cfw_firewall_info:
    region: cn-north-4
    name: edge
  register: cfw_firewalls

- name: Block two attackers at its internet border, and never the company's own addresses
  secops.cfw.huawei_cfw_black_white_list:
    region: cn-north-4
    fw_instance_id: "{{ cfw_firewalls.firewalls[0].fw_instance_id }}"
    action: block
    ips:
      - 203.0.113.7
      - 2001:db8:7::/64
    description: "ir:INC-2041;"
    protected_file: /etc/secops/protected.txt
  register: cfw_block

- name: Show what could not be blocked
  ansible.builtin.debug:
    msg: "{{ cfw_block.entries | rejectattr('result', 'in', ['created', 'unchanged']) }}"

- name: Block an infected server at the border between VPCs
  secops.cfw.huawei_cfw_black_white_list:
    region: cn-north-4
    object_id: >-
      {{ (cfw_firewalls.firewalls[0].protected_objects | selectattr('type', 'eq', 'vpc') | first).object_id }}
    action: block
    ips: 10.1.2.3
    allow_protected: 10.1.2.3
    allow_protected_reason: The server is infected, INC-2041

- name: Allow these, and nothing else
  secops.cfw.huawei_cfw_black_white_list:
    region: cn-north-4
    fw_instance_id: "{{ cfw_firewalls.firewalls[0].fw_instance_id }}"
    action: allow
    exclusive: true
    entries:
      - address: 198.51.100.0/28
        description: The scanner
      - address: updates.example.com
        direction: destination
        protocol: tcp
        port: "443"

# The connection, once for all Huawei Cloud modules of a play
- name: End an incident
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.huawei:
      region: cn-north-4
      profile: incident-response
  tasks:
    - name: Lift the block
      secops.cfw.huawei_cfw_black_white_list:
        fw_instance_id: ebf891cd-2163-48a0-9963-6309f99dd3c4
        action: block
        ips: 203.0.113.7
        state: absent

# Ad hoc, with keys from the environment, first as a dry run:
#
#   ansible localhost -m secops.cfw.huawei_cfw_black_white_list --check --diff \
#     -a "region=cn-north-4 fw_instance_id=ebf891cd-2163-48a0-9963-6309f99dd3c4 action=block ips=203.0.113.7,203.0.113.8"
"""

RETURN = r"""
entries:
  description:
    - What became of every entry, those that O(exclusive) removes included. Also returned when the module fails half-way.
  returned: once the list was read, unless the removal of an allow entry is refused
  type: list
  elements: dict
  contains:
    target:
      description: The address, prefix or domain.
      type: str
    direction:
      description: V(source) or V(destination).
      type: str
    protocol:
      description: A word of O(protocol).
      type: str
    port:
      description: The port or range, empty if the protocol has none.
      type: str
    result:
      description:
        - V(created), V(removed) or V(unchanged).
        - V(refused) if nothing was sent for it, V(failed) if the service did not do it or nothing more was sent after
          another failure, V(unknown) if it could not be read back.
      type: str
    before:
      description: The entry on the list before, V(null) if there was none.
      type: dict
      contains:
        address:
          description: The address, prefix or domain.
          type: str
        address_type:
          description: V(ipv4), V(ipv6) or V(domain).
          type: str
        direction:
          description: V(source) or V(destination).
          type: str
        protocol:
          description: The protocol.
          type: str
        port:
          description: The port or range.
          type: str
        description:
          description: The description.
          type: str
    after:
      description:
        - The entry on the list afterwards, in the shape of RV(entries[].before), or in check mode as it would be. V(null)
          if there is none.
      type: dict
    reason:
      description: Why it was refused, failed or is unknown, else empty.
      type: str
  sample:
    - target: 203.0.113.7
      direction: source
      protocol: any
      port: ""
      result: created
      before: null
      after:
        address: 203.0.113.7
        address_type: ipv4
        direction: source
        protocol: any
        port: ""
        description: "ir:INC-2041;"
      reason: ""
counts:
  description:
    - How many entries had which result.
  returned: once the list was read, unless the removal of an allow entry is refused
  type: dict
  sample: {created: 1, unchanged: 2}
object_id:
  description:
    - The id of the border that the list belongs to.
  returned: once the list was read, unless the removal of an allow entry is refused
  type: str
  sample: 9b0e5f3c-7f4d-4a36-8c0d-3d2f4b7f1a55
protection:
  description:
    - The protection that was in force.
  returned: once the entries were judged
  type: dict
  contains:
    entries:
      description: How many protected entries there were.
      type: int
    sources:
      description: How many of them came from O(protected), E(SECOPS_CFW_PROTECTED) and the file, by these names.
      type: dict
    exempted:
      description: The entries that O(allow_protected) exempted.
      type: list
      elements: dict
      contains:
        target:
          description: The address or prefix.
          type: str
        because:
          description: Why it would have been refused.
          type: str
        reason:
          description: The O(allow_protected_reason).
          type: str
  sample:
    entries: 12
    sources: {/etc/secops/protected.txt: 12}
    exempted: []
quota:
  description:
    - The room on the list before the first write, in entries.
  returned: once the list was read, unless the removal of an allow entry is refused
  type: dict
  contains:
    total:
      description: How many a list takes.
      type: int
    used:
      description: How many there are.
      type: int
    left:
      description: How many more there can be.
      type: int
    needed:
      description: How many this task adds.
      type: int
    not_fitting:
      description: The addresses that there is no room for. If there are any, nothing is written.
      type: list
      elements: str
  sample: {total: 2000, used: 12, left: 1988, needed: 2, not_fitting: []}
refused:
  description:
    - The entries that the protection refused.
  returned: failure, when an entry is protected
  type: list
  elements: dict
  contains:
    target:
      description: The address or prefix.
      type: str
    code:
      description:
        - V(protected) for a protected entry, V(private) for somebody's own network, V(never) for what nothing exempts,
          V(everything) for all addresses.
      type: str
    reason:
      description: Why, in words.
      type: str
    entry:
      description: The protected entry or the special range.
      type: str
    source:
      description: Where the entry comes from, C(built-in) for special ranges.
      type: str
  sample:
    - target: 198.51.100.0/24
      code: protected
      reason: protected by 198.51.100.1 from /etc/secops/protected.txt, line 3
      entry: 198.51.100.1
      source: /etc/secops/protected.txt
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
      description: The service's ids of requests that write.
      type: list
      elements: str
    permission:
      description: The permission that the call needs.
      type: str
  sample:
    - call: ListBlackWhiteLists
      count: 2
      attempts: 2
      request_ids: []
      permission: "cfw:blackWhite:list"
    - call: BatchCreateBlackWhiteList
      count: 1
      attempts: 1
      request_ids: [9ff0c54866c449898e6ec616a1340d84]
      permission: "cfw:blackWhite:create"
diff:
  description:
    - The changed entries before and after, by address with direction, protocol and port.
  returned: once the list was read, unless the removal of an allow entry is refused
  type: dict
  sample:
    before: {"203.0.113.7 (source, any)": {}}
    after: {"203.0.113.7 (source, any)": {address: 203.0.113.7, direction: source, protocol: any}}
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
    - About the options, before anything is sent, V(invalid_input), V(no_credential) and V(protected_target), the last
      also before an allow entry is removed by O(exclusive).
    - About the firewall and its lists, V(firewall_not_found), V(no_internet_border), V(several_internet_borders) and
      V(quota_exceeded).
    - About entries, V(targets_failed) and V(targets_unknown).
    - About the service and the way to it, V(list_incomplete), V(project_not_found), V(project_ambiguous),
      V(connection_failed), V(tls_failed), V(proxy_failed), V(timeout), V(connection_lost), V(redirected),
      V(response_too_large), V(response_unreadable), V(unreadable_answer), and C(http_) with the number in an answer
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
    code: quota_exceeded
    message: "The list takes 2000 entries and has 1999, 2 would be added; 203.0.113.8 (source, any) would not fit"
    request_id: ""
    hint: "Nothing was sent. Remove entries that are no longer needed, or put several addresses together as a prefix"
"""

from ansible_collections.secops.cfw.plugins.module_utils._huawei.black_white_list import BLACK_WHITE_LIST, run
from ansible_collections.secops.cfw.plugins.module_utils._module import run_module


def main() -> None:
    run_module(BLACK_WHITE_LIST, run)


if __name__ == "__main__":
    main()
