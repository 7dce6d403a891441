# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps secrets out of everything that is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "********"

# The Huawei gateway answers a bad signature with the whole canonical request (devg-apisign/api-sign-0001), headers included.
_ECHO = re.compile(r"(canonical\s*request|string\s*to\s*sign)\b(?! \[removed\]).*", re.IGNORECASE | re.DOTALL)
_HEADER = re.compile(
    r"(?P<name>authorization|x-security-token|x-auth-token|x-subject-token|x-tc-token|proxy-authorization)"
    r"(?P<sep>[\"']?\s*[:=]\s*[\"']?)[^\r\n\"',}]+",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"(?P<name>Signature)(?P<sep>=)[0-9a-fA-F]{16,}")
_USERINFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s]+@", re.IGNORECASE)
_SHORTEST = 4


class Redactor:
    """Knows the run's secrets, those read from files and metadata included, and removes them from text."""

    def __init__(self) -> None:
        # The longest first: one may be part of another.
        self._secrets: tuple[str, ...] = ()

    def add(self, *secrets: str | None) -> None:
        """Registers values that must not be shown. Very short ones are passed over: removing them would garble text."""
        known = {*self._secrets, *(secret for secret in secrets if secret and len(secret) >= _SHORTEST)}
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(self._secrets)

    def text(self, text: str) -> str:
        """`text` without secrets, signatures and echoed canonical requests."""
        # First, while they are whole: what follows may cut one in two.
        text = self._hidden(text)
        text = _ECHO.sub(r"\1 [removed]", text)
        text = _HEADER.sub(rf"\g<name>\g<sep>{HIDDEN}", text)
        text = _SIGNATURE.sub(rf"\g<name>\g<sep>{HIDDEN}", text)
        text = _USERINFO.sub(rf"\g<scheme>{HIDDEN}@", text)
        return text

    def _hidden(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def data(self, value: Any) -> Any:
        """The same for plain data of any depth; registered secrets only, in values and in keys.

        What holds none is passed on as it is, so that a long list is not in memory twice.
        """
        if isinstance(value, str):
            return self._hidden(value)
        if isinstance(value, Mapping):
            shown = {self.data(key): self.data(item) for key, item in value.items()}
            kept = isinstance(value, dict) and _same(shown, value) and _same(shown.values(), value.values())
            return value if kept else shown
        if isinstance(value, (list, tuple)):
            items = [self.data(item) for item in value]
            return value if isinstance(value, list) and _same(items, value) else items
        return value


def _same(ours: Iterable[Any], theirs: Iterable[Any]) -> bool:
    """Whether two collections of one length hold the same objects."""
    return all(one is other for one, other in zip(ours, theirs))
