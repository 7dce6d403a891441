# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the options that keep modules from blocking the wrong addresses."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  protected:
    description:
      - Addresses and prefixes that must never be blocked, such as your own public addresses, offices, monitoring and
        the controller itself.
      - In force are the entries of this option, of the environment variable E(SECOPS_CFW_PROTECTED) (separated by
        commas, blanks or new lines) and of O(protected_file) together.
      - A target that overlaps an entry is refused, whether it lies inside the entry or contains part of it. One
        refused target refuses the whole task, before anything is changed.
      - IPv6 addresses that carry an IPv4 address (IPv4-mapped, NAT64, 6to4, Teredo) are judged by the address inside
        as well, both as targets and as entries.
      - Every entry is an IPv4 or IPv6 address, or a prefix without host bits. An entry that is anything else fails the
        task.
      - Loopback, unspecified, link-local, multicast, broadcast and reserved ranges are always refused. Private
        addresses, carrier-grade NAT and IPv6 unique local addresses are refused too, unless the rule is one for the
        intranet. Documentation ranges only cause a warning.
    type: list
    elements: str
  protected_file:
    description:
      - A text file with one protected address or prefix a line, in UTF-8; C(#) begins a comment.
      - It is read on the host that runs the module, which is the controller with C(connection=local).
      - A file that can't be read, that holds a line which is neither an address nor a prefix, or that holds no entry
        at all fails the task.
    type: path
  allow_protected:
    description:
      - The targets that are exempted although they overlap O(protected) entries or private ranges.
      - Only a target that is equal to an entry is exempted, not one that lies inside it. An entry that is none of the
        targets causes a warning.
      - Loopback, unspecified, link-local, multicast, broadcast and reserved ranges can't be exempted.
      - Needs O(allow_protected_reason). The result records every exemption.
    type: list
    elements: str
  allow_protected_reason:
    description:
      - Why the targets in O(allow_protected) are exempted. The result records it.
    type: str
"""
