# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token by which an entry on a firewall's list says which case it belongs to.

A comment (Tencent) or description (Huawei) begins with ``ir:<case>;``. At Huawei, whose entries never end by themselves,
``until=<UTC>;`` or ``until=permanent;`` follows. ``over;`` says that there was a block already, which the case took over:
only a report knows what it was before, so that nothing removes it by the case alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.secops.cfw.plugins.module_utils._addresses import shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError

PREFIX = "ir:"
PERMANENT = "permanent"
CASE = re.compile(r"(?!\.+\Z)[A-Za-z0-9._-]{1,24}")
"""It names directories too, so that it is not dots alone."""
_LETTERS = "[A-Za-z0-9._-]{1,24}"
_TOKEN = re.compile(
    rf"ir:({_LETTERS});(?:until=({PERMANENT}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}Z);)?(over;)?"
)


@dataclass(frozen=True)
class Token:
    """What a comment says. `until` is ISO 8601 in UTC, ``permanent``, or empty."""

    case: str
    until: str = ""
    over: bool = False


def checked_case(value: object, where: str) -> str:
    """A case id as it was given, or InputError."""
    text = "" if value is None else str(value).strip()
    if not CASE.fullmatch(text):
        raise InputError(
            f"{where} is {shown(text)}; give 1 to 24 letters, digits, dots, underscores and hyphens such as INC-2041"
        )
    return text


def token(case: str) -> str:
    """What every comment of the case begins with. ``INC-1`` is not ``INC-10``, because of the semicolon."""
    return f"{PREFIX}{case};"


def marked(case: str, *, until: str = "", over: bool = False) -> str:
    """The whole comment of a new entry."""
    return token(case) + (f"until={until};" if until else "") + ("over;" if over else "")


def parse(text: str | None) -> Token | None:
    """The token that a comment begins with; None if there is none. What follows it is anybody's text."""
    match = _TOKEN.match(text or "")
    return Token(match[1], match[2] or "", bool(match[3])) if match else None


def belongs(text: str | None, case: str) -> bool:
    """Whether a comment carries exactly this case's token."""
    found = parse(text)
    return found is not None and found.case == case
