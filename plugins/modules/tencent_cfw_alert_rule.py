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
  - Both lists are read before and after. What the module reports of a target is what it read, not what the service answered.
  - New rules of one day, seven days or without end are written with C(CreateAlertCenterRule), as the alert centre of the
    console does. Its documentation contradicts itself about which number blocks and which one allows, so that the
    first write of a task handles one target and is read back before the others follow. Should the address be on the wrong list, it is
    removed from there, and the task stops and fails.
  - Other durations, and rules that exist already, are written with C(CreateBlockIgnoreRuleNew), which renews a rule
    and merges its directions.
options:
  state:
    description:
      - Whether the rules shall exist.
      - A target whose rule has expired counts as V(absent).
    type: str
    choices: [present, absent]
    default: present
  action:
    description:
      - Which list the rules are on, the one that blocks or the one that allows.
    type: str
    choices: [block, allow]
    required: true
  ips:
    description:
      - Single IPv4 or IPv6 addresses, as a list or separated by commas. C(/32) and C(/128) are accepted.
      - Exactly one of O(ips) and O(alert_ids) has to be given.
    type: list
    elements: str
  alert_ids:
    description:
      - Ids of alerts, as a list or separated by commas. They are log ids of the intrusion log or event ids of the
        alert centre.
      - Every id is looked up first, for the address that a rule for it hits. That address is the attacker's, the
        source of an inbound and the destination of an outbound alert. It is protected like one in O(ips), and its rule
        is what the result shows.
      - Not with O(state=absent), since an alert does not tell which rule was made for it.
    type: list
    elements: str
  duration:
    description:
      - For how long, as V(1d), V(7d), V(permanent), or any number of hours or days such as V(12h) or V(30d). Required
        with O(state=present).
      - V(1d), V(7d) and V(permanent) are C(1), C(7) and C(-2) in the API. Only they are possible with O(alert_ids),
        O(direction=intranet), O(ignore_reason) and O(block_domain).
      - An unexpired rule in the wanted direction is left as it is, however long it still lasts, so that a block of
        seven days that runs every hour does not change anything. See O(renew_within).
    type: str
  alert_direction:
    description:
      - The direction of the alert, V(inbound) (C(1) in the API) or V(outbound) (C(0)).
      - If an alert in O(alert_ids) turns out to have the other direction, the task fails before anything is written.
    type: str
    choices: [inbound, outbound]
    default: inbound
  direction:
    description:
      - The traffic that the rule acts on. The API's words are C(1) for V(inbound), C(0) for V(outbound), C(0,1) for
        V(both) and C(3) for V(intranet).
      - By default the same as O(alert_direction).
      - With O(state=absent), a rule is removed whole. If a direction is given and the rule acts in others too, the target
        is refused. By default the rule is removed in whatever directions it acts.
    type: str
    choices: [inbound, outbound, both, intranet]
  comment:
    description:
      - A note in the list, of at most 50 characters, such as a case number.
      - A different comment alone is never a change.
    type: str
  ignore_reason:
    description:
      - Why something is allowed, C(0) to C(3) in the API in this order. With O(action=allow) only.
    type: str
    choices: [default, duplicate, false_positive, emergency]
  block_domain:
    description:
      - Reserved by the API, and passed on as it is.
    type: str
  renew_within:
    description:
      - Renew a rule that expires within this time, such as V(24h). It then lasts O(duration) from now, and never shorter
        than before.
      - Must be shorter than O(duration).
      - Without it, only a temporary rule that shall be V(permanent) is renewed.
    type: str
  replace_opposite:
    description:
      - Remove a target from the opposite list first. Without it, a target that is on the opposite list is refused.
    type: bool
    default: false
  allow_unresolved:
    description:
      - Send O(alert_ids) that no alert is found for. Their addresses B(can't be protected), and their result is
        V(unknown) if nothing can be read back. They count as a change in every run.
    type: bool
    default: false
  alert_window:
    description:
      - How far back alerts are looked for, such as V(24h) or V(7d).
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
  - secops.cfw.attributes.tencent
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
      - Except for O(allow_unresolved=true), whose alerts are sent in every run.
notes:
  - All targets are judged before the first write, and one protected target refuses the whole task.
  - A rule is in the list once it is reported as created. Whether it bites depends on the firewall being switched on
    for the address; established sessions are not proven to be cut.
  - The rules are those of the whole account; there is no region to choose.
  - Times are the service's, and so in Beijing time (UTC+8).
  - Not documented by the service, and therefore read back or refused rather than assumed are the real effect of C(HandleType)
    3 and 4, whether expired rules stay listed, the largest page of a list, and how many rules an account can have.
seealso:
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
    - What became of every target, by O(return_rules) of the changed ones only. Also returned when the task fails
      half-way.
  returned: once the lists were read
  type: list
  elements: dict
  contains:
    target:
      description: The address. V(null) for an alert whose address is not known.
      type: str
    alert_id:
      description: The alert that the address was taken from, else V(null).
      type: str
    result:
      description:
        - V(created), V(updated) (in more directions than before, or taken off the opposite list), V(renewed),
          V(removed), V(unchanged).
        - V(refused) if nothing was sent for it, V(failed) if the service refused it, V(unknown) if it could not be
          read back.
      type: str
    before:
      description: The entry of the list before, else V(null).
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
          description: When the rule ends, in ISO 8601 and Beijing time, or V(permanent). V(null) if unreadable.
          type: str
        expired:
          description: Whether it has ended already.
          type: bool
        comment:
          description: The comment.
          type: str
    after:
      description: The entry after, in the same shape. In check mode what it would be.
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
      description: Why it was refused, failed or is unknown.
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
    - The protection that was in force, with the number of entries and where they came from, and the exemptions that were made.
  returned: once the targets were judged
  type: dict
  sample:
    entries: 12
    sources: {/etc/secops/protected.txt: 12}
    exempted: []
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
      description: The permission that the call needs. Its resource has to be C(*).
      type: str
  sample:
    - {call: DescribeBlockIgnoreList, count: 4, attempts: 4, request_ids: [], permission: "cfw:DescribeBlockIgnoreList"}
    - call: CreateAlertCenterRule
      count: 1
      attempts: 1
      request_ids: [9ff0c548-66c4-4989-8e6e-c616a1340d84]
      permission: cfw:CreateAlertCenterRule
diff:
  description:
    - The rules of the changed targets before and after, by target and list.
  returned: success
  type: dict
  sample:
    before: {203.0.113.7: {}}
    after: {203.0.113.7: {block: {expires: permanent}}}
error:
  description:
    - What went wrong. RV(error.code) is the service's code or one of this collection's, which does not change with
      the language.
    - Codes of this collection are V(invalid_input), V(protected_target), V(alert_unresolved), V(alert_ambiguous),
      V(alert_direction), V(alert_without_address), V(targets_refused), V(targets_failed), V(targets_unknown), V(wrong_list),
      V(first_write_unconfirmed), V(list_incomplete), V(connection_failed), V(connection_lost), V(timeout) and
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
    code: protected_target
    message: "Nothing was changed: protected targets must not be blocked: 198.51.100.1 (protected by 198.51.100.0/24)"
    request_id: ""
    hint: Take them out of the targets
"""

from ansible_collections.secops.cfw.plugins.module_utils._module import run_module
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_request import ALERT_RULE
from ansible_collections.secops.cfw.plugins.module_utils._tencent.alert_rule import run


def main() -> None:
    run_module(ALERT_RULE, run)


if __name__ == "__main__":
    main()
