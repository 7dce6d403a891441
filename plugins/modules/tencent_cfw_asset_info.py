#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_cfw_asset_info
short_description: List the assets that the Tencent Cloud Firewall knows
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Lists the instances, and the public addresses that belong to them, which the Tencent Cloud Firewall (CFW) knows in
    the account, or its VPC networks or subnets. All pages are read.
  - With them, a playbook can tell its own addresses from an attacker's, and protect them.
options:
  type:
    description:
      - What to list.
    type: str
    choices: [host, vpc, subnet]
    default: host
  ips:
    description:
      - Only instances that have one of these addresses, as a list or separated by commas. With O(type=host) only.
    type: list
    elements: str
  instance_ids:
    description:
      - Only instances of these ids. With O(type=host) only.
      - Asked for up to five instances, the service adds their C(fingerprints), which are then complete in
        RV(assets[].raw).
    type: list
    elements: str
  vpc_id:
    description:
      - Only what is in this VPC.
    type: str
  subnet_id:
    description:
      - Only what is in this subnet. Not with O(type=vpc).
    type: str
  instance_type:
    description:
      - Only instances of this type, such as C(CVM), C(CLB), C(ENI), C(NAT) or C(VPN). With O(type=host) only.
    type: str
extends_documentation_fragment:
  - secops.cfw.attributes
  - secops.cfw.attributes.info_module
  - secops.cfw.attributes.actiongroup_tencent
  - secops.cfw.tencent
notes:
  - The list is a call for each 1000 assets. The service states no total; the list ends where it says so.
  - Names of most fields are not documented by the service. Addresses are taken from every field that is named after
    them; public are those outside of private, carrier-grade NAT, unique local and other special ranges.
  - The international site does not have the call, so that O(site=international) is refused.
seealso:
  - module: secops.cfw.tencent_cfw_alert_info
  - module: secops.cfw.tencent_cfw_alert_rule
  - name: DescribeCfwAssets
    description: The page of the API (in Chinese).
    link: https://cloud.tencent.com/document/api/1132/134461
"""

EXAMPLES = r"""
# Keys come from the environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY) or from a profile.

# The connection, once for all Tencent Cloud modules of a play
- name: Block, but never ourselves
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/secops.cfw.tencent:
      profile: incident-response
  tasks:
    - name: Learn which addresses are our own
      secops.cfw.tencent_cfw_asset_info: {}
      register: cfw_assets

    - name: Block an attacker, but never one of them
      secops.cfw.tencent_cfw_alert_rule:
        action: block
        ips: 203.0.113.7
        duration: 7d
        protected: "{{ cfw_assets.assets | map(attribute='public_ips') | flatten }}"

    - name: Find out what was attacked
      secops.cfw.tencent_cfw_asset_info:
        ips: 198.51.100.20
      register: cfw_attacked

    - name: Find the alerts of its addresses
      secops.cfw.tencent_cfw_alert_info:
        ips: "{{ cfw_attacked.assets | map(attribute='public_ips') | flatten }}"
      when: cfw_attacked.total > 0

# Ad hoc, with keys from the environment:
#
#   ansible localhost -m secops.cfw.tencent_cfw_asset_info -a "ips=198.51.100.20"
"""

RETURN = r"""
assets:
  description:
    - The assets, in the service's order. Of a VPC or a subnet only some of these values exist, and others are empty.
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: The id.
      type: str
    name:
      description: The name.
      type: str
    instance_type:
      description: The type of the instance, such as V(CVM).
      type: str
    region:
      description: The region.
      type: str
    vpc_id:
      description: The id of its VPC.
      type: str
    subnet_id:
      description: The id of its subnet.
      type: str
    public_ips:
      description: Its public addresses.
      type: list
      elements: str
    private_ips:
      description: Its addresses inside the network.
      type: list
      elements: str
    raw:
      description: The record as the service sent it, with the fingerprints of all pages.
      type: dict
  sample:
    - instance_id: ins-1a2b3c4d
      name: web-1
      instance_type: CVM
      region: ap-guangzhou
      vpc_id: vpc-1a2b3c4d
      subnet_id: subnet-1a2b3c4d
      public_ips: [198.51.100.20]
      private_ips: [10.0.0.20]
      raw: {instance_id: ins-1a2b3c4d}
total:
  description:
    - The number of RV(assets).
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
    - {call: DescribeCfwAssets, count: 1, attempts: 1, request_ids: [], permission: "cfw:DescribeCfwAssets"}
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
    message: "UnauthorizedOperation: You are not authorized to perform cfw:DescribeCfwAssets"
    request_id: 9ff0c548-66c4-4989-8e6e-c616a1340d84
    hint: Allow the call in the account's access policies; its resource must be *
"""

from ansible_collections.secops.cfw.plugins.module_utils._module import run_module
from ansible_collections.secops.cfw.plugins.module_utils._tencent.assets import ASSET_INFO, run


def main() -> None:
    run_module(ASSET_INFO, run)


if __name__ == "__main__":
    main()
