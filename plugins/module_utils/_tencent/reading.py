# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the two lists as far as the targets need it, with as few calls as that takes."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.secops.cfw.plugins.module_utils._addresses import Address
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import PAGE, TencentCfw, rule_identity
from ansible_collections.secops.cfw.plugins.module_utils._tencent.paging import Page, Row
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import ALLOW, BLOCK, Lists, RuleList


class Reader:
    """Reads both lists for these targets; none means both lists whole."""

    def __init__(self, client: TencentCfw, context: Context, targets: Sequence[Address]) -> None:
        self._client = client
        self._context = context
        self._targets = targets
        self._warned = False

    def read(self) -> Lists:
        block = rows_about(self._client, BLOCK, self._targets)
        allow = self._allow_list()
        return Lists(RuleList(BLOCK, block), RuleList(ALLOW, allow), self._client.now())

    def _allow_list(self) -> list[Row]:
        """Read whole as far as possible: it may hold prefixes around a target, which no search by address finds."""
        rows, warning = allow_rows(self._client, self._targets)
        if warning and not self._warned:
            self._warned = True
            self._context.warn(warning)
        return rows


def allow_rows(client: TencentCfw, targets: Sequence[Address]) -> tuple[list[Row], str]:
    """The allow list, whole if that takes no more calls than a search; and what to warn of if it was searched."""
    first = client.rule_page(ALLOW)
    warning = ""
    if _too_long(first[1], targets):
        warning = (
            f"The allow list has {first[1]} entries: it was searched for the targets, not read whole, so that shadowed_by "
            "does not name allowed prefixes around them."
        )
    return rows_about(client, ALLOW, targets, first), warning


def rows_about(client: TencentCfw, action: str, targets: Sequence[Address], first: Page | None = None) -> list[Row]:
    """A list as far as these targets need it; without targets, or if it is short, the whole of it.

    A long list is searched for each target where that takes fewer calls than reading it. The search is fuzzy: rows of other
    addresses may be among them, and a row that several searches find is in it once. `first` is the list's first page, if it
    is known. Raises ApiError, list_incomplete among others.
    """
    if first is None:
        if len(targets) == 1 and _searchable(targets):
            return client.rules(action, targets[0].text)
        first = client.rule_page(action)
    if not _too_long(first[1], targets):
        return client.rules(action, first=first)
    texts = dict.fromkeys(target.text for target in targets)
    rows = {rule_identity(row): row for text in texts for row in client.rules(action, text)}
    return list(rows.values())


def _searchable(targets: Sequence[Address]) -> bool:
    # The search compares text, and an IPv6 address has many spellings.
    return bool(targets) and all(target.version == 4 for target in targets)


def _too_long(total: int, targets: Sequence[Address]) -> bool:
    """Whether the rest of the list takes more calls than a search for each target."""
    more_pages = -(-total // PAGE) - 1
    return _searchable(targets) and more_pages > len(targets)
