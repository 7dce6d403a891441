# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation behind huawei_cfw_capture_result: find the task, ask for its result, fetch the files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import is_file_name, shown
from ansible_collections.secops.cfw.plugins.module_utils._connection import text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._download import Fetcher, Offer, same_version
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, CfwError, InputError
from ansible_collections.secops.cfw.plugins.module_utils._evidence import (
    Part,
    Store,
    checked_directory,
    checksum,
    is_open_to_others,
)
from ansible_collections.secops.cfw.plugins.module_utils._http import Transport
from ansible_collections.secops.cfw.plugins.module_utils._huawei import answers, captures, options, results
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import Task
from ansible_collections.secops.cfw.plugins.module_utils._huawei.client import HuaweiCfw
from ansible_collections.secops.cfw.plugins.module_utils._huawei.options import HUAWEI
from ansible_collections.secops.cfw.plugins.module_utils._huawei.results import CaptureFile, CaptureResult
from ansible_collections.secops.cfw.plugins.module_utils._redact import Redactor
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.module_utils._version import USER_AGENT

MOST_BYTES = 64 * 1024**3
"""A million packets, the most that a task captures, of 64 KiB each."""
DOWNLOAD = "DownloadCaptureFile"
"""What the call log calls the download; it is no call of the service's API, and needs no permission."""

CAPTURE_RESULT = HUAWEI.merge(
    OptionSpec(
        options={
            "fw_instance_id": {"type": "str", "required": True},
            "name": {"type": "str"},
            "task_id": {"type": "str"},
            "dest": {"type": "path"},
            "max_file_bytes": {"type": "int", "default": MOST_BYTES},
            "return_link": {"type": "bool", "default": False},
            "address_restriction": {"type": "str", "choices": list(results.RESTRICTIONS)},
            "allowed_ips": {"type": "list", "elements": "str"},
        }
    )
)


def run(params: Mapping[str, Any], context: Context, calls: CallLog) -> dict[str, Any]:
    """Reads the result of a task that has ended, and with `dest` fetches its files.

    Returns `changed`, `task`, `evidence`, `result_type`, `directory`, `expires`, `files`, `diff`, and `link` with
    return_link.
    Raises InputError before any request, else CfwError with what is known by then in its result.
    """
    firewall = captures.checked_id(params["fw_instance_id"], "fw_instance_id")
    sought = _sought(params)
    addresses = results.wanted_addresses(params["address_restriction"], params["allowed_ips"])
    dest = _directory(text(params, "dest"))
    if params["max_file_bytes"] < 1:
        raise InputError(f"max_file_bytes is {params['max_file_bytes']}; give at least 1")
    client = HuaweiCfw(params, context, calls)
    fetcher = Fetcher(
        Transport(options.http_settings(params), context, USER_AGENT), context, calls, params["retries"], DOWNLOAD
    )
    operation = _Operation(params, context, client, fetcher, firewall, dest)
    try:
        operation.run(sought, addresses)
    except CfwError as error:
        error.result = {**operation.known(), **error.result}
        # With return_link the run's own redactor must let the link pass; a message never may.
        hidden = Redactor()
        operation.result.hide(hidden)
        error.message, error.hint = hidden.text(error.message), hidden.text(error.hint)
        raise
    return operation.known()


def _sought(params: Mapping[str, Any]) -> dict[str, str | None]:
    """Name or id of the task."""
    given = [option for option in ("name", "task_id") if text(params, option)]
    if len(given) != 1:
        raise InputError(f"exactly one of name and task_id is needed; {'both are' if given else 'neither is'} given")
    if given == ["name"]:
        return {"name": captures.checked_name(params["name"]), "task_id": None}
    return {"name": None, "task_id": captures.checked_id(params["task_id"], "task_id")}


def _directory(path: str) -> str:
    if not path:
        return ""
    if not is_file_name(path):
        raise InputError(f"dest {shown(path)} is too long or has control characters in it; give a directory")
    try:
        return checked_directory(path)
    except ValueError as error:
        raise InputError(f"dest: {error}; give a directory that exists or can be made") from None


class _Operation:
    def __init__(
        self,
        params: Mapping[str, Any],
        context: Context,
        client: HuaweiCfw,
        fetcher: Fetcher,
        firewall: str,
        dest: str,
    ) -> None:
        self.params = params
        self.context = context
        self.client = client
        self.fetcher = fetcher
        self.firewall = firewall
        self.dest = dest
        self.changed = False
        self.task: Task | None = None
        self.result = CaptureResult()
        self.rows: list[dict[str, Any]] = []
        self.before: list[dict[str, Any]] = []

    def known(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "changed": self.changed,
            "task": self.task.shown() if self.task else None,
            "evidence": self.task.evidence if self.task else "none",
            "result_type": self.result.kind,
            # Not "dest": ansible-core would add owner, mode and more of it to the result.
            "directory": self.dest or None,
            "expires": self.result.expires,
            "files": self.rows,
            "diff": {
                "before": {"files": self.before},
                "after": {"files": [_on_disk(row) for row in self.rows if row["path"]]},
            },
        }
        if self.params["return_link"]:
            known["link"] = self.result.shown()
        return known

    def run(self, sought: Mapping[str, str | None], addresses: list[tuple[str, str]]) -> None:
        try:
            task = self.task = self.find(sought)
            self.result = self.ask(task, addresses)
        except CfwError as error:
            task_id = self.task.task_id if self.task else sought["task_id"]
            if error.code in ("result_missing", "task_not_found") and task_id and self.fetched_before(task_id):
                self.context.warn(
                    f"{error.message}. The files in {self.dest} are those that were fetched from it before, unchanged."
                )
                return
            raise
        if not self.params["return_link"]:
            self.result.hide(self.context.redactor)
        if not self.dest:
            self.rows = [_row(file.name) for file in self.result.files]
        elif self.result.kind == "link":
            raise CfwError(
                "link_only",
                "In this region the service shares a result as a folder that opens with an extraction code in a "
                "browser; no call is documented that fetches it, so that nothing was written to dest",
                hint="Run it without dest, with return_link: true and no_log: true, open link.url in a browser, enter "
                "link.extraction_code, and store the files in dest by hand",
            )
        else:
            self.fetch_all(task)

    def find(self, sought: Mapping[str, str | None]) -> Task:
        tasks = self.client.capture_tasks(self.firewall).tasks
        plan = captures.plan_stopped(tasks, **sought)  # it too is about one task that has to exist
        if plan.kept:
            return plan.kept
        self.task = plan.stop
        described = plan.stop.described() if plan.stop else ""
        raise CfwError(
            "task_not_finished",
            f"Capture task {described} has not ended, and has no result yet",
            hint="Wait for its end with huawei_cfw_capture_task and wait: finished, or end it with state: stopped",
        )

    def ask(self, task: Task, addresses: list[tuple[str, str]]) -> CaptureResult:
        abnormal = task.status_code == captures.ABNORMAL
        request_id, found = "", CaptureResult()
        try:
            found = results.capture_result(self.client, self.firewall, task.task_id, addresses)
        except ApiError as error:
            if error.code not in answers.MISSING:
                if addresses and error.status == 400:
                    error.hint = "Links for certain addresses exist in some regions only: leave allowed_ips out"
                raise
            request_id = error.request_id
        if abnormal:
            there = "it has no result" if found.kind == "none" else "its result may be incomplete"
            self.context.warn(
                f"Capture task {task.described()} ended abnormally: {there}. Capture again under another name."
            )
        elif found.kind == "none":
            raise CfwError(
                "result_missing",
                f"Capture task {task.described()} has ended, but the service has no result for it "
                f"(captured: {task.capture_size or 'size not known'}, kept for {task.remaining_days} more days)",
                hint="Right after the end run it again in a minute; after seven days the files are gone",
                request_id=request_id,
            )
        return found

    # Files

    def fetch_all(self, task: Task) -> None:
        files = self.result.files
        results.check_names(files)
        links = [self.result.link(file) for file in files]
        store = self.store(captures.checked_id(task.task_id, "the task's id"))
        if store.damaged:
            self.context.warn(f"{store.path} is not readable; what is in dest is compared by content instead.")
        here = [self.look(store, file.name) for file in files]
        if files and not self.context.check_mode:
            store.make_directory()
        for file, link, local in zip(files, links, here):
            offer = None
            if local or self.context.check_mode:
                offer = self.fetcher.offer(link, file.name)
                self.check_offer(store, file, local, offer)
            if local and store.recorded(file.name):
                self.done(store, file.name, "unchanged", *local)
            elif self.context.check_mode and offer:
                self.predict(store, file, local, offer)
            else:
                part = Part(store, file.name)
                try:
                    self.fetcher.fetch(link, part, self.params["max_file_bytes"])
                    self.settle(store, file, local, part)
                finally:
                    part.close()
        if files and not self.context.check_mode:
            store.record_whole([file.name for file in files])

    def store(self, task_id: str) -> Store:
        return Store(self.dest, f"huawei_cfw_capture_{task_id}", {"fw_instance_id": self.firewall, "task_id": task_id})

    def fetched_before(self, task_id: str) -> bool:
        """Whether an earlier run fetched the whole result, which the service has no more. Raises CfwError if altered."""
        if not self.dest:
            return False
        store = self.store(task_id)
        here = {name: self.look(store, name) for name in store.whole()}
        if not here or not all(here.values()):
            return False
        for name, local in here.items():
            if local:
                self.done(store, name, "unchanged", *local)
        return True

    def look(self, store: Store, name: str) -> tuple[int, str] | None:
        """What is in the file's place. Raises CfwError if it is not what was fetched."""
        path, known = store.place(name), store.recorded(name)
        local = checksum(path)
        if local:
            self.before.append({"path": path, "size": local[0], "sha256": local[1]})
            if known and local != (known.get("size"), known.get("sha256")):
                raise CfwError(
                    "file_altered",
                    f"{path} is not what was fetched: "
                    f"then {known.get('size')} bytes with SHA-256 {known.get('sha256')}, "
                    f"now {local[0]} bytes with {local[1]}",
                    hint="It was not overwritten. Move it away, keep it if it may be evidence, and run it again",
                )
            if is_open_to_others(path):
                self.context.warn(f"{path} can be read by others than its owner: it was written with mode 0600.")
        return local

    def check_offer(self, store: Store, file: CaptureFile, local: tuple[int, str] | None, offer: Offer) -> None:
        known = store.recorded(file.name)
        if known and not (
            known.get("size") == offer.size and same_version(list(known.get("validator") or ()), offer.validator)
        ):
            raise _changed(file, f"{known.get('size')} bytes then and {offer.size} now, or another version")
        if local and local[0] != offer.size:
            raise _another(store.place(file.name), f"{local[0]} bytes, the service's has {offer.size}")
        if offer.size > self.params["max_file_bytes"]:
            raise CfwError(
                "file_too_large",
                f"{file.name} has {offer.size} bytes, more than max_file_bytes ({self.params['max_file_bytes']})",
                hint="Raise max_file_bytes if a capture of that size is expected",
            )

    def predict(self, store: Store, file: CaptureFile, local: tuple[int, str] | None, offer: Offer) -> None:
        if local:
            self.context.warn(f"{store.place(file.name)} has no record: check mode compared its size only.")
            self.done(store, file.name, "unchanged", *local)
        else:
            self.done(store, file.name, "fetched", offer.size, store.recorded(file.name).get("sha256"))

    def settle(self, store: Store, file: CaptureFile, local: tuple[int, str] | None, part: Part) -> None:
        """Puts the fetched file into its place, or compares it with what is there."""
        path, known = store.place(file.name), store.recorded(file.name)
        size, sha256 = part.size, part.sha256
        if known and known.get("sha256") != sha256:
            part.discard()
            store.record_partial(file.name, None)
            raise _changed(file, "its SHA-256 was another")
        if local:
            part.discard()
            if local != (size, sha256):
                store.record_partial(file.name, None)
                raise _another(path, f"SHA-256 {local[1]}, the service's has {sha256}")
        else:
            part.publish(path)
            self.changed = True
        self.done(store, file.name, "unchanged" if local else "fetched", size, sha256)
        store.record_file(file.name, size, sha256, part.validator)

    def done(self, store: Store, name: str, result: str, size: int, sha256: str | None) -> None:
        self.changed = self.changed or result == "fetched"
        self.rows.append(_row(name, result, store.place(name), size, sha256))


def _row(
    name: str, result: str = "listed", path: str | None = None, size: int | None = None, sha256: str | None = None
) -> dict[str, Any]:
    return {"file_name": name, "result": result, "path": path, "size": size, "sha256": sha256}


def _on_disk(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("path", "size", "sha256")}


def _changed(file: CaptureFile, how: str) -> CfwError:
    return CfwError(
        "file_changed",
        f"{file.name} has changed at the service since it was fetched: {how}",
        hint="What was fetched was kept as it is. Fetch the new one with another dest, and keep both",
    )


def _another(path: str, how: str) -> CfwError:
    return CfwError(
        "file_exists",
        f"{path} is another file than the service's: it has {how}",
        hint="It was not overwritten. Move it away or give another dest, and run it again",
    )
