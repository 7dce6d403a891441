# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the variables of the roles are called where the user set them: in a playbook of this collection, or at `respond`.

Messages are written with the names of the role that says them. The gate of the filters (`_filters`) knows who asked, and
`spoken` says it in that user's words. It is applied to our own sentences alone, never to what a cloud or an alert said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PLAYBOOK = "cfw_playbook"
"""The variable that the playbooks of this collection set, to their name."""
RESPOND = "respond_speaks"
"""The variable that the role `respond` sets for itself and for the roles that it includes."""

_OWN = {
    "guard": "case_id targets clouds firewalls direction duration replace_opposite max_targets min_prefix_ipv4 min_prefix_ipv6"
    " protected protected_file empty_protected_reason allow_list controller_addresses sensitive acknowledged override"
    " override_reason online online_skip_reason own_clouds",
    "capture": "case_id targets victims firewalls event_time log_margin log_limit dir dir_is_durable store",
    "block": "case_id targets duration clouds firewalls direction reason extend replace_opposite victims look_for_hits protected"
    " protected_file",
    "unblock": "case_id report clouds firewalls",
    "status": "case_id clouds firewalls addresses strict",
    "report": "case_id run_id dir operator approval stage write_in_check_mode",
    "respond": "case_id targets duration clouds firewalls victims direction reason event_time operator approval stage order"
    " pre_block_window capture_deadline post_block_window capture_duration capture_max_packets capture_interval capture_pair"
    " capture_protocol capture_again capture_required log_margin log_limit hunt look_for_hits first_timeout first_retries"
    " extend replace_opposite dir dir_is_durable store write_in_check_mode protected protected_file empty_protected_reason"
    " allow_list controller_addresses sensitive acknowledged override override_reason max_targets min_prefix_ipv4"
    " min_prefix_ipv6 own_clouds online online_skip_reason",
}
_PREFIXED = {
    "capture": "pair protocol duration max_packets label deadline interval wait stop_after when_busy busy_timeout again required"
    " timeout retries",
    "block": "timeout retries",
}
IN_PLAYBOOKS = {
    **{f"{role}_{name}": f"cfw_{name}" for role, names in _OWN.items() for name in names.split()},
    **{f"{role}_{name}": f"cfw_{role}_{name}" for role, names in _PREFIXED.items() for name in names.split()},
    # What is excepted from the protection of the modules is what the guard was told to override.
    "block_allow_protected": "cfw_override",
    "block_allow_protected_reason": "cfw_override_reason",
}
"""The variable of the playbooks for each variable of a role that a user can set by one."""
_AT_RESPOND = {
    name: in_playbook.replace("cfw_", "respond_", 1)
    for name, in_playbook in IN_PLAYBOOKS.items()
    if in_playbook.replace("cfw_", "respond_", 1) in IN_PLAYBOOKS
}
# No part of a path, of a filter's name, nor what somebody gave and a message shows in quotes
_VARIABLE = re.compile(rf"""(?<![\w/.'"-])(?:{"|".join(_OWN)})_[a-z0-9_]+(?:\.[a-z_]+)?(?![\w/'"-])""")
_RESULT = re.compile(r"[a-z]+_result(?:\.[a-z_]+)?")
_SPEAKER: ContextVar[str] = ContextVar("secops_cfw_speaker", default="")


@contextmanager
def speaking(playbook: object, respond: object) -> Iterator[None]:
    """Who asked, for as long as it lasts: a playbook of this collection, the role `respond`, or else the role itself."""
    mark = _SPEAKER.set("cfw" if playbook else "respond" if respond else "")
    try:
        yield
    finally:
        _SPEAKER.reset(mark)


def spoken(sentence: str) -> str:
    """The sentence with the variables' names that whoever asked knows."""
    speaker = _SPEAKER.get()
    names = {"cfw": IN_PLAYBOOKS, "respond": _AT_RESPOND}.get(speaker)
    if names is None:
        return sentence

    def named(found: re.Match[str]) -> str:
        if _RESULT.fullmatch(found[0]):
            # Facts of a play that is over; all of it is in the report.
            return "the report"
        name, dot, key = found[0].partition(".")
        return f"{names.get(name, name)}{dot}{key}"

    return _VARIABLE.sub(named, sentence)
