# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a capture task: the call ListCaptureResult, and its two answers as plain values.

Where the region shares folders of its object store, the answer is a link with an extraction code that a person
enters in a browser; elsewhere it is a list of files with presigned addresses and the Host header to ask for them
with (API page ListCaptureResult).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import parse_network, shown, split_list
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, CfwError, InputError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._evidence import unsafe_file_name
from ansible_collections.secops.cfw.plugins.module_utils._http import Link, Response, parse_link
from ansible_collections.secops.cfw.plugins.module_utils._huawei import answers
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.fields import as_number, as_text
from ansible_collections.secops.cfw.plugins.module_utils._protection import Protected, judge
from ansible_collections.secops.cfw.plugins.module_utils._redact import Redactor

RESTRICTIONS = {"any": 0, "listed": 1}
"""The words for the call's `type`."""
MOST_ADDRESSES = 3
"""Ranges that a link can be limited to (Terraform provider, capture task results)."""
_PROOF = re.compile(r"(?:signature|token|credential|captcha)=([^&]{8,})", re.IGNORECASE)
_HOST = re.compile(r"([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


@dataclass(frozen=True)
class CaptureFile:
    """A file of the result; `url` is a secret."""

    name: str
    url: str = field(repr=False)


@dataclass(frozen=True)
class CaptureResult:
    """An answer of either shape; `url` and `code` are secrets. `host` is the Host header for the files."""

    files: tuple[CaptureFile, ...] = ()
    host: str = ""
    url: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    expires: int | None = None

    @property
    def kind(self) -> str:
        """files, link or none."""
        return "files" if self.files else "link" if self.url else "none"

    def hide(self, redactor: Redactor) -> None:
        """Keeps what opens the evidence out of everything that is shown."""
        redactor.add(self.url, self.code)
        for url in (self.url, *(file.url for file in self.files)):
            query = url.partition("?")[2]
            # Not every value: the name of a file or the id of the task may be among them.
            redactor.add(url, query, *_PROOF.findall(query))

    def shown(self) -> dict[str, Any]:
        """All of it, for return_link."""
        return {
            "url": self.url,
            "extraction_code": self.code,
            "expires": self.expires,
            "files": [{"file_name": file.name, "url": file.url} for file in self.files],
            "headers": {"Host": self.host} if self.host else {},
        }

    def link(self, file: CaptureFile) -> Link:
        """How to fetch a file: its address as it stands, with the Host header of the answer, and no credential."""
        try:
            return parse_link(file.url, f"the address of {file.name}", self.host)
        except InputError as error:
            raise CfwError(
                "unusable_link",
                f"{error.message}; nothing was fetched",
                hint="Check endpoint and proxy: the answer may not be the service's own",
            ) from None


def wanted_addresses(restriction: str | None, ips: Any) -> list[tuple[str, str]]:
    """The call's `type` and `ip`. Raises InputError.

    Only public addresses are of any use: it is them that the object store sees.
    """
    networks = [parse_network(text, "allowed_ips") for text in split_list(ips)]
    if restriction == "any" and networks:
        raise InputError("allowed_ips is given but address_restriction is any; drop one of them")
    if restriction == "listed" and not networks:
        raise InputError("address_restriction is listed but allowed_ips holds no address; give one to three")
    if len(networks) > MOST_ADDRESSES:
        raise InputError(f"allowed_ips holds {len(networks)} addresses; the service takes at most {MOST_ADDRESSES}")
    refused = judge(networks, Protected()).refused if networks else []
    if refused:
        row = refused[0]
        raise InputError(
            f"allowed_ips: {row['target']} is no public address ({row['reason']}); give the public addresses from "
            "which the result is fetched"
        )
    if not restriction and not networks:
        return []
    kind = RESTRICTIONS["listed" if networks else "any"]
    return [("type", str(kind)), *(("ip", network.text) for network in networks)]


def capture_result(
    client: HuaweiCfw, fw_instance_id: str, task_id: str, addresses: Sequence[tuple[str, str]] = ()
) -> CaptureResult:
    """The result of a task that has ended. Raises ApiError: what the service refuses, unreadable_answer."""
    response = client.call(
        "ListCaptureResult",
        "GET",
        "capture-task/capture-result",
        "cfw:captureTask:getResult",
        (("fw_instance_id", fw_instance_id), ("task_id", task_id), *addresses),
    )
    return _read(response)


def check_names(files: Sequence[CaptureFile]) -> None:
    """Refuses names that must not become names on this machine. Raises CfwError: unsafe_file_name."""
    seen = set()
    for file in files:
        problem = unsafe_file_name(file.name)
        if not problem and file.name.casefold() in seen:
            problem = "another file of this result has the same name"
        if problem:
            raise CfwError(
                "unsafe_file_name",
                f"The service names a file {shown(file.name)}, which is not used as a name here: {problem}",
                hint="Nothing was fetched. Get the address with return_link: true, and store it under another name",
            )
        seen.add(file.name.casefold())


def _read(response: Response) -> CaptureResult:
    body = response.json()
    data = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(data, Mapping):
        raise _unreadable(response, "has no data")
    rows = data.get("file_list") or []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise _unreadable(response, "has a file list of another shape")
    headers = data.get("request_header") or {}
    host = as_text(headers.get("Host")) if isinstance(headers, Mapping) else ""
    files = tuple(CaptureFile(as_text(row.get("file_name")), as_text(row.get("url"))) for row in rows)
    if not all(file.name and file.url for file in files):
        raise _unreadable(response, "has a file without name or address")
    if host and not _HOST.fullmatch(host):
        raise _unreadable(response, "has a Host header that is no host")
    url, code = as_text(data.get("url")), as_text(data.get("captcha"))
    return CaptureResult(files, host, url, code, as_number(data.get("expires")))


def _unreadable(response: Response, how: str) -> ApiError:
    return ApiError(
        "unreadable_answer",
        f"The result of the capture {how}, unlike on the API page",
        outcome=Outcome.UNKNOWN,
        status=response.status,
        request_id=answers.request_id_of(response),
        hint="Check endpoint and proxy, and run it again",
    )
