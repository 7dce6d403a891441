# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Huawei Cloud Firewall's calls, with typed errors and complete lists."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import shown
from ansible_collections.secops.cfw.plugins.module_utils._connection import text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError, InputError
from ansible_collections.secops.cfw.plugins.module_utils._http import Caller, Response, Transport
from ansible_collections.secops.cfw.plugins.module_utils._huawei import answers, options
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import Specification, Task, task_from_record
from ansible_collections.secops.cfw.plugins.module_utils._huawei.credentials import resolve
from ansible_collections.secops.cfw.plugins.module_utils._huawei.paging import PAGE, read_all
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._sharing import consumed
from ansible_collections.secops.cfw.plugins.module_utils._signing import Endpoint, Request, encode_path, sign_huawei
from ansible_collections.secops.cfw.plugins.module_utils._version import USER_AGENT

_PROJECT_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class HuaweiCfw:
    """One account and region. Every method raises ApiError."""

    def __init__(self, params: Mapping[str, Any], context: Context, calls: CallLog) -> None:
        """Reads options and credential; raises InputError. Nothing is sent."""
        settings = options.http_settings(params)
        self._endpoint = options.endpoint(params, context)
        self._region = options.region(params, context)
        self._iam = options.iam_endpoint(params, context)
        self._credential = resolve(params, context)
        self._project_id = options.project_id(params, self._credential) or ""
        self._enterprise_project_id = options.enterprise_project_id(params, context) or ""
        if self._project_id:
            given = text(params, "project_id")
            self._checked_project(
                self._project_id, "project_id" if given else f"project_id (of {self._credential.source})"
            )
        elif not self._region:
            raise InputError("project_id and region are both missing; give project_id, or the region to look it up by")
        self._caller = Caller(
            Transport(settings, context, USER_AGENT),
            self._sign,
            lambda response: answers.judge(response, context.time()),
            settings,
            context,
            calls,
            request_id_of=answers.request_id_of,
        )

    def _sign(self, request: Request, timestamp: float) -> Request:
        credential = self._credential
        if credential.auth_token:
            return request.with_headers({"X-Auth-Token": credential.auth_token, "Content-Type": "application/json"})
        return request.with_headers(
            sign_huawei(request, credential.key_id, credential.secret, timestamp, credential.token)
        )

    @property
    def known_project(self) -> str:
        """The project id as far as it is known now; empty before it was looked up."""
        return self._project_id

    def project_id(self) -> str:
        """The project id given, or the one that IAM knows for the region (KeystoneListProjects)."""
        if self._project_id:
            return self._project_id
        response = self._caller.call(
            "KeystoneListProjects",
            self._request(self._iam, "GET", "/v3/projects", (("name", self._region or ""),)),
            permission="iam:projects:list",
        )
        rows = response.json().get("projects")
        projects = [row for row in rows if isinstance(row, Mapping) and row.get("id")] if isinstance(rows, list) else []
        if len(projects) != 1:
            names = ", ".join(f"{row.get('name')} ({row['id']})" for row in projects) or "none"
            raise CfwError(
                "project_not_found" if not projects else "project_ambiguous",
                f"IAM knows {len(projects)} projects for region {self._region}: {names}",
                hint="Set project_id; sub-projects are found only that way",
            )
        self._project_id = self._checked_project(str(projects[0]["id"]))
        return self._project_id

    @staticmethod
    def _checked_project(project_id: str, where: str = "project_id") -> str:
        if not _PROJECT_ID.fullmatch(project_id):
            raise InputError(
                f"{where} {shown(project_id)} is no project id; give the 32 hexadecimal digits that the console shows"
            )
        return project_id

    @staticmethod
    def _request(
        endpoint: Endpoint,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        body: Mapping[str, Any] | None = None,
    ) -> Request:
        return Request(method, endpoint, path, tuple(query), body=b"" if body is None else json.dumps(body).encode())

    def call(
        self,
        name: str,
        method: str,
        path: str,
        permission: str,
        query: Sequence[tuple[str, Any]] = (),
        body: Mapping[str, Any] | None = None,
        *,
        write: bool = False,
        scoped: bool = True,
    ) -> Response:
        """Makes one call, and again as the failure allows; `path` follows the project's, `query` holds plain values.

        `permission` is what a policy has to allow. With `scoped` false the enterprise project is not named: the call has no
        such parameter.
        """
        pairs = [(key, str(value)) for key, value in query]
        if scoped and self._enterprise_project_id and all(key != "enterprise_project_id" for key, _value in pairs):
            pairs.append(("enterprise_project_id", self._enterprise_project_id))
        full_path = encode_path("v1", self.project_id(), *path.split("/"))
        return self._caller.call(
            name,
            self._request(self._endpoint, method, full_path, pairs, body),
            permission=permission,
            write=write,
        )

    def capture_tasks(self, fw_instance_id: str) -> CaptureList:
        """All tasks of a firewall; reads again when the pages do not add up (list_incomplete)."""
        records = read_all(
            lambda offset: self.call(
                "ListCaptureTask",
                "GET",
                "capture-task",
                "cfw:captureTask:list",
                (("fw_instance_id", fw_instance_id), ("limit", PAGE), ("offset", offset)),
            ),
            "task_id",
            f"the list of capture tasks of firewall {fw_instance_id}",
            lambda record: not _deleted(record),
        )
        known = frozenset(str(record["task_id"]) for record in records)
        return CaptureList([task_from_record(record) for record in consumed(records) if not _deleted(record)], known)

    def create_capture_task(self, fw_instance_id: str, wanted: Specification) -> None:
        """Asks for a task, once.

        The answer's data.id is the firewall's or the task's (unknown which), so it is not returned: the list tells.
        """
        self.call(
            "CreateCaptureTask",
            "POST",
            "capture-task",
            "cfw:captureTask:create",
            (("fw_instance_id", fw_instance_id),),
            wanted.sent(),
            write=True,
        )

    def stop_capture_task(self, fw_instance_id: str, task_id: str) -> None:
        """Asks a running task to stop (CancelCaptureTask); it stops some time later."""
        self.call(
            "CancelCaptureTask",
            "POST",
            "capture-task/stop",
            "cfw:captureTask:stop",
            (("fw_instance_id", fw_instance_id),),
            {"task_id": task_id},
            write=True,
        )

    def delete_capture_task(self, fw_instance_id: str, task_id: str) -> None:
        """Asks to delete a task and its result (DeleteCaptureTask); success does not guarantee that it is gone."""
        self.call(
            "DeleteCaptureTask",
            "POST",
            "capture-task/batch-delete",
            "cfw:captureTask:delete",
            (("fw_instance_id", fw_instance_id),),
            {"task_ids": [task_id]},
            write=True,
        )


class CaptureList:
    """A completely read list: the tasks that exist, and every id that it showed, deleted ones included."""

    def __init__(self, tasks: list[Task], ids: frozenset[str]) -> None:
        self.tasks = tasks
        self.ids = ids


def _deleted(record: Mapping[str, Any]) -> bool:
    return str(record.get("is_deleted") or "0") not in ("0", "False", "false")
