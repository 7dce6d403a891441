# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls for black and white lists.

Calls and fields: API pages ListBlackWhiteLists, BatchCreateBlackWhiteList and BatchDeleteBlackWhiteLists. Permissions:
the user guide's list of supported actions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.entries import (
    LIST_TYPES,
    Entry,
    EntryList,
    Key,
    entry_from_record,
)
from ansible_collections.secops.cfw.plugins.module_utils._huawei.paging import PAGE, Record, read_all
from ansible_collections.secops.cfw.plugins.module_utils._sharing import consumed

_VERDICTS = {"success_list": "added", "duplicated_list": "duplicated", "failed_list": "failed"}


class BlackWhiteList:
    """The list of one action (block or allow) of a protected object. Every method raises ApiError."""

    def __init__(self, client: HuaweiCfw, object_id: str, action: str, fw_instance_id: str = "") -> None:
        self._client = client
        self._which = {"object_id": object_id, "list_type": LIST_TYPES[action]}
        self._query = (*self._which.items(), *((("fw_instance_id", fw_instance_id),) if fw_instance_id else ()))
        self._described = f"the {action} list of {object_id}"

    def read(self) -> EntryList:
        """The whole list; list_incomplete if it does not add up."""
        return EntryList(consumed(self.records()))

    def records(self) -> list[Record]:
        """The whole list as the service sends it.

        The service's own filters are not used: by address they compare parts, without the mask.
        """
        return read_all(
            lambda offset: self._client.call(
                "ListBlackWhiteLists",
                "GET",
                "black-white-lists",
                "cfw:blackWhite:list",
                (*self._query, ("limit", PAGE), ("offset", offset)),
            ),
            "list_id",
            self._described,
        )

    def add(self, entries: Sequence[Entry]) -> dict[Key, str]:
        """Adds entries, in one request. What the service says of each: added, duplicated or failed."""
        answer = self._client.call(
            "BatchCreateBlackWhiteList",
            "POST",
            "black-white-lists",
            "cfw:blackWhite:create",
            body={**self._which, "list_items": [entry.sent() for entry in entries]},
            write=True,
            # The page knows no query parameters, as for the deletion.
            scoped=False,
        )
        data = answer.json().get("data")
        return _verdicts(data) if isinstance(data, Mapping) else {}

    def remove(self, ids: Sequence[str]) -> None:
        """Removes entries, in one request: a DELETE with a body."""
        self._client.call(
            "BatchDeleteBlackWhiteLists",
            "DELETE",
            "black-white-list",
            "cfw:blackWhite:delete",
            body={**self._which, "list_ids": list(ids)},
            write=True,
            scoped=False,
        )


def _verdicts(data: Mapping[str, Any]) -> dict[Key, str]:
    """By entry. Odd shapes say nothing: what counts is the list that is read afterwards."""
    found: dict[Key, str] = {}
    for name, verdict in _VERDICTS.items():
        rows = data.get(name)
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, Mapping):
                found[entry_from_record(row).key] = verdict
    return found
