# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the two lists as far as the targets need it, with as few calls as that takes."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.secops.cfw.plugins.module_utils._addresses import Address
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._tencent.client import PAGE, Row, TencentCfw
from ansible_collections.secops.cfw.plugins.module_utils._tencent.rules import ALLOW, BLOCK, Lists, RuleList


class Reader:
    """Reads both lists for these targets; none means both lists whole.

    A long list is searched for each target where that takes fewer calls than reading it. The search is fuzzy, so only equal
    addresses count. It compares text, so that an IPv6 address, which has many spellings, is looked for in the whole list.
    """

    def __init__(self, client: TencentCfw, context: Context, targets: Sequence[Address]) -> None:
        self._client = client
        self._context = context
        self._texts = list(dict.fromkeys(target.text for target in targets))
        self._searchable = bool(targets) and all(target.version == 4 for target in targets)
        self._warned = False

    def read(self) -> Lists:
        block = self._block_list()
        allow = self._allow_list()
        return Lists(RuleList(BLOCK, block), RuleList(ALLOW, allow), self._client.now())

    def _block_list(self) -> list[Row]:
        if self._searchable and len(self._texts) == 1:
            return self._client.rules(BLOCK, self._texts[0])
        first = self._client.rule_page(BLOCK)
        return self._searched(BLOCK) if self._too_long(first[1]) else self._client.rules(BLOCK, first=first)

    def _allow_list(self) -> list[Row]:
        """Read whole as far as possible: it may hold prefixes around a target, which no search by address finds."""
        first = self._client.rule_page(ALLOW)
        if not self._too_long(first[1]):
            return self._client.rules(ALLOW, first=first)
        if not self._warned:
            self._warned = True
            self._context.warn(
                f"The allow list has {first[1]} entries: it was searched for the targets, not read whole, so that shadowed_by "
                "does not name allowed prefixes around them."
            )
        return self._searched(ALLOW)

    def _too_long(self, total: int) -> bool:
        more_pages = -(-total // PAGE) - 1
        return self._searchable and more_pages > len(self._texts)

    def _searched(self, action: str) -> list[Row]:
        return [row for text in self._texts for row in self._client.rules(action, text)]
