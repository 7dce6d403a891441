#!/usr/bin/python

# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: incident_files
short_description: Write and hash the files of an incident on the controller
version_added: 0.1.0
author:
  - secops.cfw contributors (!UNKNOWN)
description:
  - Makes directories, writes files and hashes files, in this order, all in one task. The roles
    P(secops.cfw.capture#role) and P(secops.cfw.report#role) keep evidence and reports with it.
  - It runs on the controller, in the process of the task and as the user who runs Ansible, whatever the host, the
    connection and C(become) of the task are. Nothing is shipped to a target, so that it takes no time worth naming.
  - A file that can't be written keeps no other from being written. The task fails then, at the end, and RV(files) says of
    each what became of it.
options:
  directories:
    description:
      - Absolute paths of directories that have to exist. Those that are missing are made, and those above them, with the
        mode C(0700). Those that exist stay as they are.
    type: list
    elements: str
    default: []
  files:
    description:
      - Files that have to exist. Each is written beside its place, brought to disk, and then put into its place, with the
        mode C(0600), so that it is there whole or not at all.
      - One that has the content already is left alone, its mode too. Missing directories above it are made, with the mode
        C(0700).
      - A link, a directory or a device in the place of a file is neither followed nor replaced.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description:
          - The absolute path. Where it leads is up to who gives it.
        type: str
        required: true
      content:
        description:
          - The text, which is written as UTF-8. It is not in the result.
          - Until ansible-core 2.18 a template whose text looks like a list or a dictionary becomes one, which is refused;
            the filter P(ansible.builtin.string#filter) at its end keeps it text.
        type: str
        required: true
      exclusive:
        description:
          - Whether to leave a file alone that exists already with another content; it is V(refused) then.
        type: bool
        default: false
  basis:
    description:
      - The files that the content of O(files) was made from, as they were then. Unless each of them is still so,
        nothing of O(files) is written and RV(overtaken) is V(true); read them anew then, and try again.
      - Runs that give one take turns with a lock in the folder of the first of these, the file
        C(.incident_files.lock), so that none writes over what another has added to a file meanwhile.
      - Where the file system knows no locks, or a run keeps one for more than a minute, it is done without.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description:
          - The absolute path.
        type: str
        required: true
      sha256:
        description:
          - The SHA-256 of the file, or nothing for a file that was not there.
          - The other keys of RV(hashes) may be there and mean nothing.
        type: str
        default: ""
  hash:
    description:
      - Absolute paths of files to hash, after all else. They are read in blocks, however large they are.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description:
      - Under C(--check) nothing is written, and the result says what the real run would do, the hashes of files included
        that it would write.
    support: full
  diff_mode:
    description:
      - Under C(--diff) it shows nothing, as no content is ever shown.
    support: none
  idempotent:
    description:
      - Run again with the same options, it finds nothing left to do and reports C(changed=false).
    support: full
  platform:
    description:
      - Where it can run, which is the controller.
    support: full
    platforms: posix
  action_group:
    description:
      - It is in no action group.
    support: none
    membership: []
seealso:
  - module: ansible.builtin.copy
  - module: ansible.builtin.stat
"""

EXAMPLES = r"""
- name: Keep a note with the evidence, and never replace one
  secops.cfw.incident_files:
    directories:
      - /srv/evidence/INC-2041
    files:
      - path: /srv/evidence/INC-2041/note.txt
        content: Handed over to the night shift.
        exclusive: true

- name: Hash what there is
  secops.cfw.incident_files:
    hash:
      - /srv/evidence/INC-2041/note.txt
  register: evidence
"""

RETURN = r"""
changed:
  description: Whether a directory was made or a file was written.
  returned: always
  type: bool
  sample: true
overtaken:
  description: Whether something of O(basis) has changed, so that nothing of O(files) was written.
  returned: with O(basis)
  type: bool
  sample: false
directories:
  description: The directories that were asked for, in their order.
  returned: unless an option is wrong
  type: list
  elements: dict
  contains:
    path:
      description: The path as it was given.
      type: str
      returned: always
    result:
      description: What became of it, V(made), V(unchanged) or V(failed).
      type: str
      returned: always
    reason:
      description: Why it failed, else empty.
      type: str
      returned: always
  sample:
    - {path: /srv/evidence/INC-2041, result: made, reason: ""}
files:
  description: The files that were asked for, in their order; none if RV(overtaken).
  returned: unless an option is wrong
  type: list
  elements: dict
  contains:
    path:
      description: The path as it was given.
      type: str
      returned: always
    result:
      description:
        - What became of it. V(written) and V(unchanged) mean that the file is there with its content.
        - V(refused) means that something else is in its place and was left alone, V(failed) that the system refused it.
      type: str
      returned: always
    size:
      description: Length of the content that was given, in bytes.
      type: int
      returned: always
    sha256:
      description: SHA-256 of the content that was given.
      type: str
      returned: always
    reason:
      description: Why it is not there as it was given, else empty.
      type: str
      returned: always
  sample:
    - path: /srv/evidence/INC-2041/note.txt
      result: written
      size: 31
      sha256: 432ea674a7c16b7075a7ae47fb372c13b3427ef4dfb66285593a30328957787e
      reason: ""
hashes:
  description: What is at the paths of O(hash), in their order.
  returned: unless an option is wrong
  type: list
  elements: dict
  contains:
    path:
      description: The path as it was given.
      type: str
      returned: always
    exists:
      description: Whether anything is there.
      type: bool
      returned: always
    is_file:
      description: Whether it is a regular file. A link is none, wherever it leads.
      type: bool
      returned: always
    size:
      description: Size of the file in bytes, V(0) if it is none.
      type: int
      returned: always
    sha256:
      description: SHA-256 of the file, empty if it is none or could not be read.
      type: str
      returned: always
    reason:
      description: Why it could not be read, else empty.
      type: str
      returned: always
  sample:
    - path: /srv/evidence/INC-2041/note.txt
      exists: true
      is_file: true
      size: 31
      sha256: 432ea674a7c16b7075a7ae47fb372c13b3427ef4dfb66285593a30328957787e
      reason: ""
"""
