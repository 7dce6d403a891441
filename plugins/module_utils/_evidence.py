# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetched files on disk: written beside their place, put there whole, recorded by checksum, never overwritten.

A Store is a directory with one record for what was fetched from one source: `.<name>.json`, which holds the size and
the SHA-256 of every file, and of what there is of a file that is not complete. Nothing is believed because of a
name: a file counts as fetched if its content has the recorded checksum, and an incomplete one is gone on with on the
same condition.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import CfwError

_BLOCK = 1024 * 1024
_LARGEST_RECORD = 4 * 1024 * 1024
_FORMAT = 1
_MODE = 0o600
_LONGEST_NAME = 255
_CHECKPOINT = 256 * 1024 * 1024
"""Bytes after which an incomplete file is brought to disk and recorded, so that a killed run loses no more."""
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES)


def unsafe_file_name(name: str) -> str:
    """Why a name that a service gave must not become a file's name; '' if it may."""
    if not name or name != name.strip():
        return "it is empty or has blanks around it"
    if "/" in name or "\\" in name:
        return "it holds a path separator"
    if name[0] in ".-~":
        return f"it begins with {name[0]!r}"
    if not name.isprintable():
        return "it holds control or invisible characters"
    if len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
        return f"it is longer than {_LONGEST_NAME} bytes"
    return ""


@contextlib.contextmanager
def _writing(path: str) -> Iterator[None]:
    """Turns what the system refuses into a CfwError (write_failed, no_space)."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise CfwError(
            "no_space" if full else "write_failed",
            f"{path} can't be written: {error.strerror or error}",
            hint="Make room or give another dest, and run it again; what is there already is gone on with"
            if full
            else "Check dest and the rights of the user who runs this task, and run it again",
        ) from None


def _sync_directory(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some network file systems can't do that for a directory, and need not.
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def checksum(path: str) -> tuple[int, str] | None:
    """Size and SHA-256 of a regular file, None if there is nothing.

    Raises CfwError: not_a_regular_file, read_failed.
    """
    if not os.path.lexists(path):
        return None
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise CfwError(
                "not_a_regular_file",
                f"{path} is in the way: it is a directory, a link or a device, and is not overwritten",
                hint="Look at what it is and move it away, or give another dest",
            )
        digest, size = hashlib.sha256(), 0
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            while True:
                block = file.read(_BLOCK)
                if not block:
                    return size, digest.hexdigest()
                size += len(block)
                digest.update(block)
    except OSError as error:
        raise CfwError(
            "read_failed",
            f"{path} can't be read: {error.strerror or error}",
            hint="Check its owner and mode: it is compared by content before anything is fetched",
        ) from None


def is_open_to_others(path: str) -> bool:
    """Whether a file that is there has a mode that lets others than its owner at it."""
    return bool(stat.S_IMODE(os.stat(path).st_mode) & 0o077)


class Part:
    """A file that is being fetched: a hidden one beside its place, locked, of mode 0600."""

    def __init__(self, store: Store, name: str) -> None:
        self.name = name
        self.total: int | None = None
        self.validator: list[str] = []
        self.resumed = 0
        """Bytes that an earlier run left."""
        self.earlier = False
        """Whether nothing has been compared yet with what an earlier run left and recorded."""
        self._gone = False
        self._store = store
        hidden = hashlib.sha256(json.dumps([store.identity, name]).encode()).hexdigest()[:32]
        self.path = os.path.join(store.directory, f".huawei_cfw_{hidden}.part")
        self._saved = 0
        self.size = 0
        self._digest = hashlib.sha256()
        with _writing(self.path):
            self._file = self._open()
            try:
                self._take_up()
            except BaseException:
                self._file.close()
                raise

    def _open(self) -> Any:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, _MODE)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid != os.geteuid():
                raise OSError(errno.EEXIST, "something else is in the place of the incomplete file")
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                busy = not os.path.samestat(found, os.lstat(self.path))
            except (BlockingIOError, FileNotFoundError):
                busy = True
            if busy:
                raise CfwError(
                    "dest_busy",
                    f"{self.name} is being fetched to {self._store.directory} by another run",
                    hint="Wait for that run to end, and run it again",
                )
            os.fchmod(handle, _MODE)
            return os.fdopen(handle, "r+b", buffering=0)
        except BaseException:
            os.close(handle)
            raise

    def _take_up(self) -> None:
        """Goes on with what an earlier run left, if it is what that run recorded."""
        known = self._store.partial(self.name)
        size = known.get("size")
        if isinstance(size, int) and 0 < size <= os.fstat(self._file.fileno()).st_size:
            self._file.seek(0)
            left = size
            while left:
                block = self._file.read(min(_BLOCK, left))
                if not block:
                    break
                self._digest.update(block)
                left -= len(block)
            if self._digest.hexdigest() == known.get("sha256") and isinstance(known.get("total"), int):
                self.size = self._saved = self.resumed = size
                self.earlier = True
                self.total = known["total"]
                self.validator = [str(item) for item in known.get("validator") or ()]
        self._cut()

    def _cut(self) -> None:
        self._file.truncate(self.size)
        self._file.seek(self.size)
        if not self.size:
            self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def restart(self) -> None:
        """Forgets the content; what this run was told about the file stays."""
        with _writing(self.path):
            self.size = self._saved = self.resumed = 0
            self.earlier = False
            self._cut()

    def forget(self) -> None:
        """Forgets everything."""
        self.restart()
        self.total, self.validator = None, []

    def tail(self, start: int) -> bytes:
        """The content from `start` on."""
        with _writing(self.path):
            return os.pread(self._file.fileno(), self.size - start, start)

    def check_space(self, total: int) -> None:
        """Raises CfwError (no_space) if the rest can't fit."""
        with _writing(self.path):
            free = shutil.disk_usage(self._store.directory).free
        if total - self.size > free:
            raise CfwError(
                "no_space",
                f"{self.name} needs {total - self.size} bytes more and {self._store.directory} has {free} left",
                hint="Make room or give another dest, and run it again",
            )

    def append(self, block: bytes) -> None:
        with _writing(self.path):
            view = memoryview(block)
            while view:
                view = view[self._file.write(view) :]
        self._digest.update(block)
        self.size += len(block)
        if self.size - self._saved >= _CHECKPOINT:
            self.save()

    def save(self) -> None:
        """Brings the content to disk and records it, for a later run."""
        with _writing(self.path):
            os.fsync(self._file.fileno())
        self._saved = self.size
        entry = {"size": self.size, "sha256": self.sha256, "total": self.total, "validator": self.validator}
        self._store.record_partial(self.name, entry if self.size else None)

    def publish(self, path: str) -> None:
        """Puts the complete file at `path`, which must be free. Raises CfwError (file_exists)."""
        with _writing(path):
            os.fsync(self._file.fileno())
            try:
                # Unlike a rename, this can't replace what has appeared there in the meantime.
                os.link(self.path, path, follow_symlinks=False)
                os.unlink(self.path)
            except OSError as error:
                if error.errno == errno.EEXIST or os.path.lexists(path):
                    raise CfwError(
                        "file_exists",
                        f"{path} has appeared while it was being fetched, and is not overwritten",
                        hint="Move it away or give another dest, and run it again",
                    ) from None
                if error.errno not in _NO_LINKS:
                    raise
                os.rename(self.path, path)
            self._gone = True
            _sync_directory(self._store.directory)

    def discard(self) -> None:
        """Empties it, so that closing removes it."""
        self.restart()

    def close(self) -> None:
        """Ends the work on it; one that holds nothing is removed."""
        if not self.size and not self._gone:
            with contextlib.suppress(OSError):
                os.unlink(self.path)
        self._file.close()


class Store:
    """A directory, and the record of what was fetched into it from one source."""

    def __init__(self, directory: str, name: str, identity: Mapping[str, str]) -> None:
        """`name` has to be a safe file name; `identity` says what the record is about. Nothing is written yet."""
        self.directory = directory
        self.identity = dict(identity)
        self.path = os.path.join(directory, f".{name}.json")
        self.damaged = False
        """The record could not be understood, so that every file is compared anew."""
        self._record = self._load()

    def _load(self) -> dict[str, dict[str, Any]]:
        empty: dict[str, dict[str, Any]] = {"files": {}, "partial": {}, "whole": {}}
        if not os.path.lexists(self.path):
            return empty
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(handle, "rb") as file:
                text = file.read(_LARGEST_RECORD) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
            found = json.loads(text)
            if found["format"] != _FORMAT or found["source"] != self.identity:
                raise ValueError("another record")
            for part in empty:
                if not isinstance(found[part], dict) or not all(isinstance(row, dict) for row in found[part].values()):
                    raise ValueError("another shape")
            return {part: found[part] for part in empty}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            self.damaged = True
            return empty

    def place(self, name: str) -> str:
        """Where a file belongs."""
        return os.path.join(self.directory, name)

    def recorded(self, name: str) -> dict[str, Any]:
        """Size, sha256 and validator of a file that was fetched, or nothing."""
        return dict(self._record["files"].get(name, {}))

    def whole(self) -> list[str]:
        """The names of all files of the source, once all of them were fetched."""
        return list(self._record["whole"])

    def partial(self, name: str) -> dict[str, Any]:
        return dict(self._record["partial"].get(name, {}))

    def make_directory(self) -> None:
        """Makes the directory, and those above it, for their owner only. Raises CfwError."""
        missing = []
        path = self.directory
        while not os.path.isdir(path) and path != os.path.dirname(path):
            missing.append(path)
            path = os.path.dirname(path)
        for path in reversed(missing):
            with _writing(path), contextlib.suppress(FileExistsError):
                os.mkdir(path, 0o700)

    def record_file(self, name: str, size: int, sha256: str, validator: list[str]) -> None:
        self._record["partial"].pop(name, None)
        entry = {"size": size, "sha256": sha256, "validator": validator}
        if self._record["files"].get(name) != entry:
            self._record["files"][name] = entry
            self._save()

    def record_whole(self, names: Sequence[str]) -> None:
        """Notes that these files are all that there is at the source, and that they were fetched."""
        whole: dict[str, Any] = {name: {} for name in names}
        if self._record["whole"] != whole:
            self._record["whole"] = whole
            self._save()

    def record_partial(self, name: str, entry: Mapping[str, Any] | None) -> None:
        before = self._record["partial"].pop(name, None)
        if entry:
            self._record["partial"][name] = dict(entry)
        if entry or before:
            self._save()

    def _save(self) -> None:
        with _writing(self.path):
            if os.path.lexists(self.path) and not stat.S_ISREG(os.lstat(self.path).st_mode):
                raise OSError(errno.EEXIST, "something else is in the place of the record")
            handle, path = tempfile.mkstemp(prefix=".huawei_cfw_", suffix=".tmp", dir=self.directory)
            try:
                with open(handle, "w", encoding="utf-8") as file:
                    json.dump({"format": _FORMAT, "source": self.identity, **self._record}, file, indent=2)
                    file.flush()
                    os.fsync(file.fileno())
                os.rename(path, self.path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(path)
                raise
            _sync_directory(self.directory)


def checked_directory(path: str) -> str:
    """The absolute path of a directory to fetch to, which need not exist yet. Raises ValueError with what is wrong."""
    absolute = os.path.abspath(path)
    existing = absolute
    while not os.path.lexists(existing):
        existing = os.path.dirname(existing)
    if not os.path.isdir(existing):
        raise ValueError(f"{shown(existing)} is no directory")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ValueError(f"the user who runs this task may not write to {shown(existing)}")
    return absolute
