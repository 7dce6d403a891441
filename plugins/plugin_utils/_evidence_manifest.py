# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manifest of a case's evidence, the list that `sha256sum -c` reads, and the comparison with what is on disk.

Paths in a manifest are relative to its directory. Its schema is roles/capture/files/manifest.schema.json.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import is_one_line, shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._version import VERSION

SCHEMA = "1.0"
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
MODULES = (
    "huawei_cfw_capture_task",
    "huawei_cfw_capture_task_info",
    "huawei_cfw_capture_result",
    "huawei_cfw_log_info",
)
_LARGEST = 64 * 1024**2
_LOG_FILE = re.compile(r"(attack|access_control|flow)_log-(\d+)\.json")
_OWN_RECORD = re.compile(r"\.huawei_cfw_capture_[0-9A-Za-z_-]{1,64}\.json|\.incident_files\.lock")
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Evidence:
    """What an earlier run left: its manifest, and log files that it did not come to record (path: size, sha256)."""

    manifest: Mapping[str, Any] = field(default_factory=dict)
    orphans: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"manifest": dict(self.manifest), "orphans": {path: list(what) for path, what in self.orphans.items()}}


# Time


def moment(seconds: float) -> str:
    """ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: Any) -> float | None:
    """Unix seconds of what `moment` or a module wrote; None for anything else."""
    with contextlib.suppress(TypeError, ValueError):
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    return None


def day_after(days: Any, now: float) -> str | None:
    """The date, in UTC, when so many days are over."""
    if isinstance(days, bool) or not isinstance(days, int):
        return None
    return (datetime.fromtimestamp(now, timezone.utc) + timedelta(days=days)).strftime("%Y-%m-%d")


# Reading


def parse_manifest(text: str, where: str, case_id: str = "") -> dict[str, Any]:
    """A manifest that this version can go on with. Raises InputError."""
    try:
        manifest = json.loads(text)
        files, captures = manifest["files"], manifest["captures"]
        if manifest["schema"].partition(".")[0] != SCHEMA.partition(".")[0]:
            raise InputError(
                f"{where} has schema {shown(str(manifest['schema']))}, and this version of the collection reads "
                f"{SCHEMA}; use the version that wrote it"
            )
        for row in files:
            if not is_safe_path(row["path"]) or not _SHA256.fullmatch(row["sha256"]) or int(row["size"]) < 0:
                raise ValueError("a row that no manifest has")
        for row in captures:
            if not all(isinstance(row[key], str) for key in ("task_id", "name", "fw_instance_id")):
                raise ValueError("a row that no manifest has")
        found_case = str(manifest["case_id"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{where} is no manifest of evidence; restore it, or move it away to start anew") from None
    if case_id and found_case != case_id:
        raise InputError(f"{where} is of case {shown(found_case)}, not of {case_id}; give another directory")
    return dict(manifest)


def read_text(path: str) -> str | None:
    """The text of a file of moderate size; None if there is none. Raises InputError."""
    try:
        if not os.path.lexists(path):
            return None
        with open(path, "rb") as file:
            raw = file.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise ValueError("too large")
        return raw.decode("utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be read ({error}); check the file and who may read it") from None


def read_manifest(directory: str, case_id: str) -> tuple[dict[str, Any], str]:
    """The manifest in the directory and its SHA-256; both empty if there is none. Raises InputError."""
    path = os.path.join(directory, MANIFEST)
    text = read_text(path)
    return ({}, "") if text is None else (parse_manifest(text, path, case_id), sha256_of(text))


def read_evidence(directory: str, case_id: str) -> Evidence:
    """What is in the directory. Raises InputError if it is not what this role writes."""
    manifest, _sha256 = read_manifest(directory, case_id)
    known = {row["path"] for row in manifest.get("files", ())}
    orphans = {}
    for folder in sorted(_folders(directory)):
        for name in sorted(os.listdir(os.path.join(directory, folder))):
            place = os.path.join(directory, folder, name)
            if _LOG_FILE.fullmatch(name) and f"{folder}/{name}" not in known and os.path.isfile(place):
                orphans[f"{folder}/{name}"] = digest_of(place)
    return Evidence(manifest, orphans)


def _folders(directory: str) -> list[str]:
    if not os.path.isdir(directory):
        return []
    return [name for name in os.listdir(directory) if os.path.isdir(os.path.join(directory, name))]


def digest_of(path: str) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def is_safe_path(path: Any) -> bool:
    """Whether it is a relative path that stays below its directory."""
    return (
        isinstance(path, str)
        and is_one_line(path)
        and len(path) <= 1024
        and not os.path.isabs(path)
        and all(part not in ("", ".", "..") for part in path.split("/"))
    )


# Log files


def document(value: Any) -> str:
    """Stable JSON: sorted, of ASCII only, so that no text in it can end a line or hide."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=True) + "\n"


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def next_log_path(folder: str, kind: str, taken: Iterable[str]) -> str:
    """A path that no file of this kind has had."""
    numbers = [0]
    for path in taken:
        match = _LOG_FILE.fullmatch(path.rpartition("/")[2])
        if match and path.rpartition("/")[0] == folder and match[1] == kind:
            numbers.append(int(match[2]))
    return f"{folder}/{kind}_log-{max(numbers) + 1}.json"


# Writing

_ONLY_NOW = ("remaining_days", "reason", "result", "others", "seen_again")


def lasting(row: Mapping[str, Any]) -> dict[str, Any]:
    """A capture without what is true at one time only."""
    return {key: value for key, value in row.items() if key not in _ONLY_NOW}


def merged_captures(before: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The captures of a case. What was recorded first stays, where a later run knows nothing better."""
    found = {(row["fw_instance_id"], row["task_id"]): dict(row) for row in before}
    for row in rows:
        if not row["task_id"]:
            continue
        key = (row["fw_instance_id"], row["task_id"])
        old, new = found.get(key, {}), lasting(row)
        for name in ("pair", "started_at", "seen_running_at", "ended_at", "label", "delete_on"):
            new[name] = old.get(name) or new.get(name)
        new["request_ids"] = list(dict.fromkeys([*old.get("request_ids", ()), *new["request_ids"]]))
        if old.get("evidence") in ("partial", "complete") and new.get("evidence") == "none":
            new["evidence"] = old["evidence"]
        found[key] = {**old, **new}
    return sorted(found.values(), key=lambda row: (row["fw_instance_id"], row["name"], row["task_id"]))


def manifest_of(
    before: Mapping[str, Any],
    *,
    case_id: str,
    event_time: str,
    now: str,
    run: Mapping[str, Any],
    captures: Sequence[Mapping[str, Any]],
    files: Sequence[Mapping[str, Any]],
    custody: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The manifest after a run; equal to the one before if the run brought nothing new."""
    old_files = {row["path"]: row for row in before.get("files", ())}
    both = merged_captures(before.get("captures", ()), captures)
    new_files = {row["path"]: {**old_files.get(row["path"], {}), **row} for row in files}
    all_files = sorted({**old_files, **new_files}.values(), key=lambda row: str(row["path"]))
    if before and both == list(before["captures"]) and all_files == list(before["files"]):
        return dict(before)
    return {
        "schema": SCHEMA,
        "case_id": case_id,
        "collection": {"name": "secops.cfw", "version": VERSION, "modules": list(MODULES)},
        "event_time": before.get("event_time") or event_time,
        "created_at": before.get("created_at") or now,
        "updated_at": now,
        "runs": [*before.get("runs", ()), dict(run)],
        "captures": both,
        "files": all_files,
        "custody": [*before.get("custody", ()), *(dict(row) for row in custody)],
    }


def sums_of(manifest: Mapping[str, Any], manifest_text: str) -> str:
    """What `sha256sum -c` reads: every file of the manifest, and the manifest."""
    rows = [(row["path"], row["sha256"]) for row in manifest["files"]]
    return "".join(_sum_line(path, sha256) for path, sha256 in sorted([*rows, (MANIFEST, sha256_of(manifest_text))]))


def _sum_line(path: str, sha256: str) -> str:
    # Names with line breaks are refused long before; sha256sum wants a backslash escaped, and says so in front.
    escaped = path.replace("\\", "\\\\")
    return f"{'' if escaped == path else chr(92)}{sha256}  {escaped}\n"


# Verifying


def listed_files(manifest: Mapping[str, Any], manifest_text: str, sums: str) -> list[dict[str, Any]]:
    """What has to be on disk: path, sha256, and size where it is known."""
    rows = [{"path": row["path"], "sha256": row["sha256"], "size": row["size"]} for row in manifest["files"]]
    own = sha256_of(manifest_text)
    recorded = next((line[:64] for line in sums.splitlines() if line[64:] == f"  {MANIFEST}"), "") if sums else own
    rows.append({"path": MANIFEST, "sha256": recorded, "size": len(manifest_text.encode("utf-8"))})
    if recorded == own:
        # The list of sums follows from the manifest, so that one that was altered shows; from an altered manifest
        # nothing follows.
        expected = sums_of(manifest, manifest_text)
        rows.append({"path": SUMS, "sha256": sha256_of(expected), "size": len(expected.encode("utf-8"))})
    return rows


def compared(
    directory: str,
    listed: Sequence[Mapping[str, Any]],
    hashes: Mapping[str, Mapping[str, Any]],
    there: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """Which files are not what the manifest says. `hashes` is by absolute path; `there` is what is in the directory."""
    changed, missing = [], []
    for row in listed:
        disk = hashes.get(os.path.join(directory, row["path"])) or {}
        if not disk.get("exists"):
            missing.append(row["path"])
        elif not disk.get("is_file") or disk.get("sha256") != row["sha256"] or disk.get("size") != row["size"]:
            changed.append(row["path"])
    names = {row["path"] for row in listed}
    folders = {name.rpartition("/")[0] for name in names}
    unexpected = []
    for one in there:
        relative = os.path.relpath(one["path"], directory)
        expected = relative in folders if one.get("isdir") else relative in names
        if not expected and not _OWN_RECORD.fullmatch(os.path.basename(relative)):
            unexpected.append(relative)
    found = {"changed": sorted(changed), "missing": sorted(missing), "unexpected": sorted(unexpected)}
    wrong = "; ".join(f"{word}: {', '.join(map(shown, paths))}" for word, paths in found.items() if paths)
    if wrong:
        message = f"The evidence in {directory} is not what was collected: {wrong}. Keep what is there and find out why"
    else:
        message = f"The evidence in {directory} is as it was collected: {len(listed)} files"
    return {"ok": not wrong, "checked": len(listed), **found, "message": f"{message}."}
