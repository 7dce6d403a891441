#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_cfw_alert_rule_info
short_description: List the block and allow rules of the Tencent Cloud Firewall
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Lists what is on the block and the allow list of the Tencent Cloud Firewall (CFW), all pages, in the words of
    M(secops.cfw.tencent_cfw_alert_rule).
  - The service may list a rule once for each direction. Here it is one row, with all directions that are in force and
    the moment at which the first of them ends.
options:
  action:
    description:
      - Which list to read, the one that blocks or the one that allows. By default both.
    type: str
    choices: [block, allow]
  ips:
    description:
      - Only rules of exactly these IPv4 or IPv6 addresses, as a list or separated by commas. C(/32) and C(/128) are
        accepted. Prefixes around them are not found.
    type: list
    elements: str
  direction:
    description:
      - Only rules that act on this traffic, whatever else they act on. V(both) means inbound and outbound.
    type: str
    choices: [inbound, outbound, both, intranet]
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.info_module
  - secops.cfw.attributes.actiongroup_tencent
  - secops.cfw.tencent
notes:
  - A list is a call for each 100 rules. Up to as many O(ips) as there are further pages are searched for one by one.
  - Expired rules are listed as far as the service lists them; see RV(rules[].expired).
  - It works with O(site=international) too.
seealso:
  - module: secops.cfw.tencent_cfw_alert_rule
  - name: DescribeBlockIgnoreList
    description: The page of the API (in Chinese).
    link: https://cloud.tencent.com/document/product/1132/86691
"""

EXAMPLES = r"""
# Keys come from the environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY) or from a profile.

# The connection, once for all Tencent Cloud modules of a play
- name: Undo what was done in a case
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.tencent:
      profile: incident-response
  tasks:
    - name: Look at what is blocked inbound
      secops.cfw.tencent_cfw_alert_rule_info:
        action: block
        direction: inbound
      register: cfw_blocked

    - name: Say what is blocked for this case, and until when
      ansible.builtin.debug:
        msg: "{{ item.target }} until {{ item.expires }}, {{ item.matches }} hits"
      loop: "{{ cfw_blocked.rules | selectattr('comment', 'search', 'ir:INC-2041;') }}"

    - name: Lift all blocks of this case
      secops.cfw.tencent_cfw_alert_rule:
        action: block
        state: absent
        ips: "{{ cfw_blocked.rules | selectattr('comment', 'search', 'ir:INC-2041;') | map(attribute='target') }}"
      when: cfw_blocked.rules | selectattr('comment', 'search', 'ir:INC-2041;') | length > 0

    - name: Look whether an attacker is allowed by mistake
      secops.cfw.tencent_cfw_alert_rule_info:
        action: allow
        ips: 203.0.113.7
      register: cfw_allowed

    - name: Say so
      ansible.builtin.assert:
        that: cfw_allowed.rules | rejectattr('expired') | length == 0
        fail_msg: The attacker is on the allow list.

# Ad hoc, with keys from the environment:
#
#   ansible localhost -m secops.cfw.tencent_cfw_alert_rule_info -a "ips=203.0.113.7,203.0.113.8"
"""

RETURN = r"""
rules:
  description:
    - The rules, those that block before those that allow, in the service's order.
  returned: success
  type: list
  elements: dict
  contains:
    target:
      description: The address in its canonical spelling, or whatever else the rule is for, such as a domain.
      type: str
    action:
      description: The list, V(block) or V(allow).
      type: str
    directions:
      description:
        - The directions that the rule acts in, V(inbound), V(outbound), V(intranet), V(intranet_source) or
          V(intranet_destination).
      type: list
      elements: str
    expires:
      description: When the rule ends, in ISO 8601 and Beijing time, or V(permanent). V(null) if unreadable.
      type: str
    expired:
      description: Whether it has ended already.
      type: bool
    comment:
      description: The comment.
      type: str
    rule_type:
      description:
        - What the rule is for, V(ip) (C(1) and C(2) in the API), V(domain) (C(3)), V(intelligence) (C(4)),
          V(asset) (C(5)), V(custom) (C(6)), V(ips_rule) (C(7)), V(extended_ip) (C(8)) or V(extended_custom) (C(9)).
        - Only rules of the type V(ip), and V(extended_ip) for single addresses, are touched by
          M(secops.cfw.tencent_cfw_alert_rule).
      type: str
    source:
      description: Where the rule comes from, in the service's own words.
      type: str
    ignore_reason:
      description:
        - Why it is allowed, V(default), V(duplicate), V(false_positive) or V(emergency). V(null) for a block.
      type: str
    start:
      description: When the rule began, in ISO 8601 and Beijing time. V(null) if unknown.
      type: str
    last_hit:
      description: When it was last hit, in ISO 8601 and Beijing time. V(null) if never or unknown.
      type: str
    matches:
      description: How often it was hit.
      type: int
    shadowed_by:
      description:
        - For a block, the entries of the allow list that cover the target and may let it through. V(null) if O(action)
          is V(block), as the allow list is not read then.
      type: list
      elements: str
    raw:
      description: The records as the service sent them, one, or one for each direction.
      type: list
      elements: dict
  sample:
    - target: 203.0.113.7
      action: block
      directions: [inbound, outbound]
      expires: "2026-11-28T18:19:53+08:00"
      expired: false
      comment: "ir:INC-2041;"
      rule_type: ip
      source: manual
      ignore_reason: null
      start: "2026-11-21T18:19:53+08:00"
      last_hit: "2026-11-21T18:31:02+08:00"
      matches: 12
      shadowed_by: []
      raw: [{Ioc: 203.0.113.7, RuleType: 1, DirectionList: "1,0"}]
total:
  description:
    - The number of RV(rules).
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
      description: The permission that the call needs. Its resource has to be C(*).
      type: str
  sample:
    - {call: DescribeBlockIgnoreList, count: 1, attempts: 1, request_ids: [], permission: "cfw:DescribeBlockIgnoreList"}
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
    message: "UnauthorizedOperation: You are not authorized to perform cfw:DescribeBlockIgnoreList"
    request_id: 9ff0c548-66c4-4989-8e6e-c616a1340d84
    hint: Allow the call in the account's access policies; its resource must be *
"""

from ansible_collections.secops.cfw.plugins.module_utils._module import run_module
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_rule_info import ALERT_RULE_INFO, run


def main() -> None:
    run_module(ALERT_RULE_INFO, run)


if __name__ == "__main__":
    main()
