#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_cfw_alert_rule
short_description: Block or allow addresses and alerts at the Tencent Cloud Firewall
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Puts addresses, or the attackers that alerts name, on the block or the allow list of the Tencent Cloud Firewall
    (CFW), and takes them off again.
  - Both lists are read before and after. What the module reports of a target is what it read there, not what the
    service answered.
  - New rules of one day, seven days or without end are written with C(CreateAlertCenterRule), the call of the alert
    centre. Its documentation contradicts itself about which number blocks and which one allows. The first write of a
    task therefore handles one target and is read back before the others follow. If the address turns up on the wrong
    list, it is removed from there, and the module stops and fails.
  - Other durations, and rules that exist already, are written with C(CreateBlockIgnoreRuleNew), which renews a rule
    and merges its directions.
  - With O(site=international), whose API has neither call, everything is written with C(ModifyBlockIgnoreList), with the
    same results.
  - Before the first rule to block is written, the quota of the block list (C(DescribeOverviewResourceQuota)) is read. If
    there is not enough room, the task fails and says which targets would not fit.
options:
  state:
    description:
      - With V(present), every target has an unexpired rule afterwards. With V(absent), none has one.
      - A rule that has expired counts as absent, even if it is still listed.
    type: str
    choices: [present, absent]
    default: present
  action:
    description:
      - Which of the two lists the rules are on, the one that blocks or the one that allows.
    type: str
    choices: [block, allow]
    required: true
  ips:
    description:
      - Single IPv4 or IPv6 addresses, as a list or separated by commas. C(/32) and C(/128) are accepted; other
        prefixes, ranges and host names are not.
      - Exactly one of O(ips) and O(alert_ids) has to be given.
    type: list
    elements: str
  alert_ids:
    description:
      - Ids of alerts, as a list or separated by commas, either log ids of the intrusion log or event ids of the alert
        centre.
      - Every id is looked up first, to learn the address that a rule for it hits. That is the attacker's address, the
        source of an inbound and the destination of an outbound alert. It is judged like one in O(ips), and the result
        shows its rule.
      - Not with O(state=absent), since an alert does not tell which rule was made for it, and not with
        O(site=international).
    type: list
    elements: str
  duration:
    description:
      - How long the rule lasts, V(1d), V(7d), V(permanent), or any number of hours or days such as V(12h) or V(30d), up
        to V(3650d). Required with O(state=present).
      - V(1d), V(7d) and V(permanent) are C(1), C(7) and C(-2) in the API. Only they are possible with O(alert_ids),
        O(direction=intranet), O(ignore_reason) and O(block_domain).
      - An unexpired rule in the wanted direction is left as it is, however soon it ends, so that a task with V(7d) does
        not change anything when it runs every hour. To renew rules, see O(renew_within).
    type: str
  alert_direction:
    description:
      - The direction of the alert, V(inbound) (C(1) in the API) or V(outbound) (C(0)). It also is the default of
        O(direction).
      - If an alert in O(alert_ids) turns out to have the other direction, the module fails before anything is written.
    type: str
    choices: [inbound, outbound]
    default: inbound
  direction:
    description:
      - The traffic that the rule acts on. The API's words are C(1) for V(inbound), C(0) for V(outbound), C(0,1) for
        V(both) and C(3) for V(intranet).
      - With O(state=present), the default is O(alert_direction).
      - V(intranet) is not possible with O(site=international).
      - With O(state=absent), a rule can only be removed whole, and by default it is, in whatever directions it acts. If
        a direction is given and the rule acts in others too, the target is refused.
    type: str
    choices: [inbound, outbound, both, intranet]
  comment:
    description:
      - A note in the list, of at most 50 characters, such as a case number.
      - A different comment alone is never a change.
      - With O(site=international) it can't be recorded, which causes a warning.
    type: str
  ignore_reason:
    description:
      - Why the targets are allowed. V(default), V(duplicate), V(false_positive) and V(emergency) are C(0), C(1), C(2)
        and C(3) in the API. Only with O(action=allow), and not with O(site=international).
    type: str
    choices: [default, duplicate, false_positive, emergency]
  block_domain:
    description:
      - Reserved by the API, and passed on as it is. Not with O(site=international).
    type: str
  renew_within:
    description:
      - Renew a rule that expires within this time, such as V(24h). It then lasts O(duration) from now, or until
        it would have ended anyway if that is later.
      - Has to be shorter than O(duration).
      - Without it, a rule is renewed only if it has expired, or if it is temporary and O(duration=permanent).
    type: str
  replace_opposite:
    description:
      - Remove a target from the opposite list first. Without this, a target that is on the opposite list is refused.
    type: bool
    default: false
  allow_unresolved:
    description:
      - Send those O(alert_ids) too for which no alert is found. Their addresses B(can't be protected). Their result is
        V(unknown) if nothing can be read back, and they count as a change in every run.
    type: bool
    default: false
  alert_window:
    description:
      - How far back the alerts of O(alert_ids) are looked for, in hours or days, such as V(24h) or V(7d).
    type: str
    default: 24h
  batch_size:
    description:
      - How many targets one request carries at most, from V(1) to V(100). The API does not document a limit.
    type: int
    default: 50
  return_rules:
    description:
      - Whether RV(rules) lists all targets, or only those that are not V(unchanged).
    type: str
    choices: [all, changed]
    default: all
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.actiongroup_tencent
  - secops.cfw.tencent
  - secops.cfw.protection
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - With O(allow_unresolved=true), alerts that are not found are sent in every run.
notes:
  - All targets are judged before the first write, and one protected target refuses the whole task.
  - A rule that is reported as created is on the list. Whether it takes effect depends on the firewall being switched
    on for the address. Whether it cuts established sessions is not known.
  - The rules are those of the whole account; there is no region to choose.
  - Rules begin and end by the service's clock, and its times are Beijing time (UTC+8).
  - In the quota, each direction of a rule counts as one entry. A quota that can't be read, because the site does not
    have the call, it is not permitted, or its counters make no sense, causes a warning and stops nothing.
  - The service does not document what C(HandleType) 3 and 4 really do, whether expired rules stay listed, how large a
    page of a list may be, and how many rules an account can have. Nothing here relies on these; what matters is read
    back.
seealso:
  - module: secops.cfw.tencent_cfw_alert_info
  - module: secops.cfw.tencent_cfw_alert_rule_info
  - module: secops.cfw.tencent_cfw_asset_info
  - name: CreateAlertCenterRule
    description: The page of the API (in Chinese).
    link: https://cloud.tencent.com/document/api/1132/100805
"""

EXAMPLES = r"""
# Keys come from the environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY) or from a profile.

- name: Block two attackers for seven days, and never the company's own addresses
  secops.cfw.tencent_cfw_alert_rule:
    action: block
    ips:
      - 203.0.113.7
      - 2001:db8::7
    duration: 7d
    direction: both
    comment: "ir:INC-2041;"
    protected_file: /etc/secops/protected.txt
  register: cfw_block

- name: Keep the block alive as long as this runs every hour
  secops.cfw.tencent_cfw_alert_rule:
    action: block
    ips: 203.0.113.7
    duration: 7d
    renew_within: 24h

# The connection, once for all Tencent Cloud modules of a play
- name: Respond to an alert
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.tencent:
      profile: incident-response
  tasks:
    - name: Block whoever caused these alerts
      secops.cfw.tencent_cfw_alert_rule:
        action: block
        alert_ids:
          - a67d60bb5ede9b962ac19ad24b28be54
        duration: 1d

    - name: Allow our own scanner, which is blocked at the moment
      secops.cfw.tencent_cfw_alert_rule:
        action: allow
        ips: 198.51.100.9
        duration: permanent
        ignore_reason: false_positive
        replace_opposite: true

    - name: Lift the block
      secops.cfw.tencent_cfw_alert_rule:
        action: block
        ips: 203.0.113.7
        state: absent

# Ad hoc, with keys from the environment, first as a dry run:
#
#   ansible localhost -m secops.cfw.tencent_cfw_alert_rule --check --diff \
#     -a "action=block ips=203.0.113.7,203.0.113.8 duration=7d comment=INC-2041"
"""

RETURN = r"""
rules:
  description:
    - What became of every target, or with O(return_rules=changed) of those that are not V(unchanged). Also returned
      when the module fails half-way.
  returned: once the lists were read
  type: list
  elements: dict
  contains:
    target:
      description: The address. V(null) for an alert whose address is not known.
      type: str
    alert_id:
      description: The alert that the address was taken from, V(null) for an address from O(ips).
      type: str
    result:
      description:
        - V(created), V(updated) (in more directions than before, or taken off the opposite list), V(renewed) (with a
          later end), V(removed) or V(unchanged).
        - V(refused) if nothing was sent for it, V(failed) if the service refused it or nothing more was sent after
          another failure, V(unknown) if it could not be read back.
      type: str
    before:
      description: The entry on the list before, V(null) if there was none.
      type: dict
      contains:
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
          description: When the rule ends, in ISO 8601 and Beijing time, or V(permanent). V(null) if it can't be read.
          type: str
        expired:
          description: Whether it has ended already.
          type: bool
        comment:
          description: The comment.
          type: str
    after:
      description:
        - The entry on the list afterwards, in the shape of RV(rules[].before), or in check mode as it would be. V(null)
          if there is none.
      type: dict
    wider_than_requested:
      description: Directions that the rule acts in beyond those that were asked for.
      type: list
      elements: str
    shadowed_by:
      description: For a block, the entries of the allow list that cover the target and may let it through.
      type: list
      elements: str
    reason:
      description: Why it was refused, failed or is unknown, else empty.
      type: str
  sample:
    - target: 203.0.113.7
      alert_id: null
      result: created
      before: null
      after:
        action: block
        directions: [inbound, outbound]
        expires: "2026-11-28T18:19:53+08:00"
        expired: false
        comment: "ir:INC-2041;"
      wider_than_requested: []
      shadowed_by: []
      reason: ""
counts:
  description:
    - How many targets had which result.
  returned: once the lists were read
  type: dict
  sample: {created: 1, unchanged: 2}
protection:
  description:
    - The protection that was in force.
  returned: once the targets were judged
  type: dict
  contains:
    entries:
      description: How many protected entries there were.
      type: int
    sources:
      description: How many of them came from O(protected), E(SECOPS_CFW_PROTECTED) and the file, by these names.
      type: dict
    exempted:
      description: The targets that O(allow_protected) exempted.
      type: list
      elements: dict
      contains:
        target:
          description: The address.
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
refused:
  description:
    - The targets that the protection refused.
  returned: failure, when a target is protected
  type: list
  elements: dict
  contains:
    target:
      description: The address.
      type: str
    code:
      description:
        - V(protected) for a protected entry, V(private) for somebody's own network, V(never) for what nothing exempts.
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
    - target: 198.51.100.1
      code: protected
      reason: protected by 198.51.100.0/24 from /etc/secops/protected.txt, line 3
      entry: 198.51.100.0/24
      source: /etc/secops/protected.txt
quota:
  description:
    - The room on the block list before the first write, in entries, of which each direction of a rule is one.
    - V(null) if the task adds nothing to the block list, or if its quota can't be read.
  returned: once the lists were read
  type: dict
  contains:
    total:
      description: How many there can be.
      type: int
    used_inbound:
      description: How many inbound ones there are.
      type: int
    used_outbound:
      description: How many outbound ones there are.
      type: int
    left:
      description: How many more there can be.
      type: int
    needed_inbound:
      description: How many inbound ones this task adds.
      type: int
    needed_outbound:
      description: How many outbound ones this task adds.
      type: int
    not_fitting:
      description: The targets that there is no room for. If there are any, nothing is written.
      type: list
      elements: str
  sample: {total: 1000, used_inbound: 12, used_outbound: 3, left: 985, needed_inbound: 2, needed_outbound: 2, not_fitting: []}
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
      description: The permission that the call needs, on all resources (C(*)).
      type: str
  sample:
    - call: DescribeBlockIgnoreList
      count: 4
      attempts: 4
      request_ids: []
      permission: cfw:DescribeBlockIgnoreList
    - call: CreateAlertCenterRule
      count: 1
      attempts: 1
      request_ids: [9ff0c548-66c4-4989-8e6e-c616a1340d84]
      permission: cfw:CreateAlertCenterRule
diff:
  description:
    - The rules of the changed targets before and after, by target and list.
  returned: once the lists were read
  type: dict
  sample:
    before: {203.0.113.7: {}}
    after: {203.0.113.7: {block: {expires: permanent}}}
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
    - About the options, before anything is sent, V(invalid_input), V(no_credential) and V(protected_target).
    - About alerts, V(alert_unresolved), V(alert_ambiguous), V(alert_direction) and V(alert_without_address).
    - About targets, V(targets_refused), V(targets_failed), V(targets_unknown), V(wrong_list),
      V(first_write_unconfirmed) and V(quota_exceeded).
    - About the service and the way to it, V(list_incomplete), V(connection_failed), V(tls_failed), V(proxy_failed),
      V(timeout), V(connection_lost), V(redirected), V(response_too_large), V(response_unreadable),
      V(unreadable_answer), and C(http_) or C(ReturnCode.) with the number in an answer that holds no code.
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
    code: protected_target
    message: "Refused, and nothing was changed: 198.51.100.1 (protected by 198.51.100.0/24 from protected[0])"
    request_id: ""
    hint: >-
      Take them out of the targets; to block one all the same, name it in allow_protected and say why in
      allow_protected_reason
"""

from ansible_collections.secops.cfw.plugins.module_utils._module import run_module
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_request import ALERT_RULE
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_rule import run


def main() -> None:
    run_module(ALERT_RULE, run)


if __name__ == "__main__":
    main()
