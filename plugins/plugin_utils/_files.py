# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of an incident on the controller: folders for their owner only, files that are there whole or not at all, hashes.

What can't be written is told, and leaves the rest alone. No result holds a file's content.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import is_one_line, shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError

_BLOCK = 1 << 20
_FILE_MODE, _DIRECTORY_MODE = 0o600, 0o700
_NAMED = 5
"""So many reasons are in the message; all of them are in the result."""
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES)
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_IN_THE_WAY = "a link, a directory or a device is in its place; look at it and move it away"
_ANOTHER = "another file is in its place, and is not replaced"
LOCK = ".incident_files.lock"
"""What runs at the same time take turns by, in the folder of the first basis. It stays."""
_PATIENCE, _STEP = 60.0, 0.02


@dataclass(frozen=True)
class File:
    """A file as it has to be; one that is `exclusive` never replaces another."""

    path: str
    content: str
    exclusive: bool = False


@dataclass(frozen=True)
class Request:
    """`basis` holds what the files were made of: (path, SHA-256, empty for a file that was not there)."""

    directories: Sequence[str] = ()
    files: Sequence[File] = ()
    hash: Sequence[str] = ()
    basis: Sequence[tuple[str, str]] = ()


# Reading what is asked for


def read_request(given: Mapping[str, Any]) -> Request:
    """The options in plain values, checked. Raises InputError, without any content in it."""
    _known(given, ("directories", "files", "basis", "hash"), "incident_files")
    files = [_file(row, f"files[{number}]") for number, row in enumerate(_list(given, "files"))]
    seen: set[str] = set()
    for file in files:
        place = os.path.normpath(file.path)
        if place in seen:
            raise InputError(f"files names {shown(file.path)} twice; give each path once")
        seen.add(place)
    basis = [_basis(row, f"basis[{number}]") for number, row in enumerate(_list(given, "basis"))]
    return Request(_paths(given, "directories"), files, _paths(given, "hash"), basis)


def _basis(row: Any, where: str) -> tuple[str, str]:
    if not isinstance(row, Mapping):
        raise InputError(f"{where} is of the type {type(row).__name__}; give a dictionary with path and sha256")
    # A row of `hashes` will do as it is.
    _known(row, ("path", "sha256", "exists", "is_file", "size", "reason"), where)
    sha256 = str(row.get("sha256") or "").lower()
    if not re.fullmatch("([0-9a-f]{64})?", sha256):
        raise InputError(f"{where}.sha256 is {shown(sha256)}; give a SHA-256, or nothing for a file that was not there")
    return _path(row.get("path"), f"{where}.path"), sha256


def _known(given: Mapping[str, Any], names: Sequence[str], where: str) -> None:
    wrong = [name for name in given if name not in names]
    if wrong:
        raise InputError(f"{where} has no {shown(str(wrong[0]))}; it takes {', '.join(names)}")


def _list(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InputError(f"{name} is of the type {type(value).__name__}; give a list")
    return value


def _paths(given: Mapping[str, Any], name: str) -> list[str]:
    return [_path(value, f"{name}[{number}]") for number, value in enumerate(_list(given, name))]


def _path(value: Any, where: str) -> str:
    if not isinstance(value, str) or not os.path.isabs(value) or "\0" in value:
        raise InputError(f"{where} is {shown(str(value))}; give an absolute path")
    return value


def _file(row: Any, where: str) -> File:
    if not isinstance(row, Mapping):
        raise InputError(f"{where} is of the type {type(row).__name__}; give a dictionary with path and content")
    _known(row, ("path", "content", "exclusive"), where)
    path, content = _path(row.get("path"), f"{where}.path"), row.get("content")
    if path.endswith("/"):
        raise InputError(f"{where}.path is {shown(path)}, which ends like a directory; give the path of a file")
    if not isinstance(content, str):
        kind = type(content).__name__
        raise InputError(
            f"{where}.content is of the type {kind}; give text, with the filter string if it is a template"
        )
    exclusive = row.get("exclusive")
    known = _BOOLEANS.get(str(exclusive).lower(), False if exclusive is None else None)
    if known is None:
        raise InputError(f"{where}.exclusive is {shown(str(exclusive))}; give true or false")
    return File(path, content, known)


# Carrying it out


def carry_out(request: Request, *, check: bool = False) -> dict[str, Any]:
    """Makes the directories, writes the files, reads the hashes, in this order.

    With `check` nothing is written, and the answer is what the real run would give as far as one can see.
    Returns `changed`, `directories`, `files`, `hashes`, `overtaken` if there is a basis, and `failed` with `msg` if
    something could not be written.
    """
    run = _Run(check)
    directories = [run.directory(path) for path in request.directories]
    with _turn(os.path.dirname(request.basis[0][0]) if request.basis and not check else ""):
        overtaken = any(_sha256_there(path) != sha256 for path, sha256 in request.basis)
        files = [] if overtaken else [run.file(file) for file in request.files]
    hashes = [run.hash(path) for path in request.hash]
    result: dict[str, Any] = {
        "changed": run.changed,
        "directories": directories,
        "files": files,
        "hashes": hashes,
    }
    if request.basis:
        result["overtaken"] = overtaken
    bad = [row for row in [*directories, *files] if row["result"] in ("failed", "refused")]
    if bad:
        count = f"{len(bad)} of {len(directories) + len(files)} files and directories"
        result.update(failed=True, msg=f"{count} could not be written: {_told(bad)}.")
    return result


def _sha256_there(path: str) -> str:
    """Empty for what can't be read too: `hash` says so of it, and writing tells why."""
    with contextlib.suppress(OSError):
        return digest_of(path)[1]
    return ""


@contextlib.contextmanager
def _turn(folder: str) -> Iterator[None]:
    """Keeps others, on this machine and on those that share the file system, from writing there meanwhile.

    Where there can't be a lock, or somebody keeps it for long, it goes on without: the basis is looked at all the same,
    and only a moment is left in which two may cross.
    """
    handle = -1
    if folder:
        with contextlib.suppress(OSError):
            path = os.path.join(folder, LOCK)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, _FILE_MODE)
    try:
        until = time.monotonic() + _PATIENCE
        while handle >= 0 and not _locked(handle) and time.monotonic() < until:
            time.sleep(_STEP)
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def _locked(handle: int) -> bool:
    """Whether there is no need to wait any longer."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _told(bad: Sequence[Mapping[str, Any]]) -> str:
    """Every reason once, with the first path that it holds for."""
    by_reason: dict[str, list[str]] = {}
    for row in bad:
        by_reason.setdefault(row["reason"], []).append(_readable(row["path"]))
    said = []
    for reason, paths in list(by_reason.items())[:_NAMED]:
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        said.append(f"{paths[0]}{more} ({reason})")
    return "; ".join(said) + ("; and others" if len(by_reason) > _NAMED else "")


class _Run:
    """One run; in check mode it remembers what would be there."""

    def __init__(self, check: bool) -> None:
        self.check = check
        self.changed = False
        self._folders: set[str] = set()
        self._files: dict[str, tuple[int, str]] = {}

    def directory(self, path: str) -> dict[str, Any]:
        try:
            result, reason = "made" if self._have_directory(path) else "unchanged", ""
        except OSError as error:
            result, reason = "failed", _why(error, path)
        return {"path": path, "result": result, "reason": reason}

    def file(self, file: File) -> dict[str, Any]:
        size, sha256 = 0, ""
        try:
            content = file.content.encode("utf-8")
            size, sha256 = len(content), hashlib.sha256(content).hexdigest()
            result, reason = self._put(file, content, sha256)
        except OSError as error:
            result, reason = "failed", _why(error, file.path)
        except UnicodeEncodeError:
            result, reason = "failed", "its content has half of a surrogate pair in it, which no text can have"
        if result == "written":
            self.changed = True
            self._files[os.path.normpath(file.path)] = (size, sha256)
        return {"path": file.path, "result": result, "size": size, "sha256": sha256, "reason": reason}

    def hash(self, path: str) -> dict[str, Any]:
        row: dict[str, Any] = {"path": path, "exists": False, "is_file": False, "size": 0, "sha256": "", "reason": ""}
        planned = self._files.get(os.path.normpath(path)) if self.check else None
        if planned:
            return {**row, "exists": True, "is_file": True, "size": planned[0], "sha256": planned[1]}
        try:
            found = _look(path)
            if found is None:
                planned_folder = self.check and os.path.normpath(path) in self._folders
                return {**row, "exists": planned_folder}
            row.update(exists=True, is_file=stat.S_ISREG(found.st_mode))
            if row["is_file"]:
                row["size"] = found.st_size
                row["size"], row["sha256"] = digest_of(path)
        except OSError as error:
            row["reason"] = _why(error, path)
        return row

    def _have_directory(self, path: str) -> bool:
        """Makes the directory and those above it that are missing; whether there was anything to make."""
        missing = []
        place = path.rstrip("/") or "/"
        while not os.path.isdir(place) and os.path.normpath(place) not in self._folders:
            if os.path.lexists(place):
                raise NotADirectoryError(errno.ENOTDIR, "there is something else than a directory", place)
            missing.append(place)
            place = os.path.dirname(place)
        if self.check:
            if missing:
                self._check_access(place)
                self.changed = True
            self._folders.update(map(os.path.normpath, missing))
        else:
            for place in reversed(missing):
                try:
                    os.mkdir(place, _DIRECTORY_MODE)
                    self.changed = True
                except FileExistsError:
                    # Another run made it meanwhile; anything else than a directory is in the way.
                    if not os.path.isdir(place):
                        raise
        return bool(missing)

    def _check_access(self, folder: str) -> None:
        if os.path.normpath(folder) not in self._folders and not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder)

    def _put(self, file: File, content: bytes, sha256: str) -> tuple[str, str]:
        found = _look(file.path)
        if found is not None:
            if not stat.S_ISREG(found.st_mode):
                return "refused", _IN_THE_WAY
            if found.st_size == len(content) and _is(file, sha256):
                return "unchanged", ""
            if file.exclusive:
                return "refused", _ANOTHER
        folder = os.path.dirname(file.path)
        self._have_directory(folder)
        if self.check:
            self._check_access(folder)
            return "written", ""
        return _write(file, folder, content)


def _is(file: File, sha256: str) -> bool:
    """Whether the file that is there has the content. One that can't be read can still be replaced."""
    try:
        return digest_of(file.path)[1] == sha256
    except PermissionError:
        if file.exclusive:
            raise
        return False


def _look(path: str) -> os.stat_result | None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return os.lstat(path)
    return None


def digest_of(path: str) -> tuple[int, str]:
    """Size and SHA-256 of a regular file, read in blocks. Raises OSError, for a link too."""
    digest, size = hashlib.sha256(), 0
    # What has become a link or a pipe since one looked is neither followed nor waited for.
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no file", path)
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def _write(file: File, folder: str, content: bytes) -> tuple[str, str]:
    handle, temporary = tempfile.mkstemp(prefix=".incident_files_", suffix=".tmp", dir=folder)
    try:
        with open(handle, "wb") as part:
            part.write(content)
            part.flush()
            os.fchmod(part.fileno(), _FILE_MODE)
            os.fsync(part.fileno())
        if file.exclusive:
            if not _put_alone(temporary, file.path):
                return "refused", _ANOTHER
        else:
            os.replace(temporary, file.path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
    _sync_directory(folder)
    return "written", ""


def _put_alone(temporary: str, path: str) -> bool:
    """Gives the file its name unless something has it already."""
    try:
        # Unlike a rename, this can't replace what has appeared there in the meantime.
        os.link(temporary, path)
    except OSError as error:
        if error.errno == errno.EEXIST or os.path.lexists(path):
            return False
        if error.errno not in _NO_LINKS:
            raise
        os.rename(temporary, path)
    return True


def _sync_directory(folder: str) -> None:
    # Some file systems can't do that for a directory, and need not; the file is in its place already.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _why(error: OSError, path: str) -> str:
    """Why it failed, naming the folder above that is the cause; temporary names would tell nobody anything."""
    reason = error.strerror or str(error)
    cause = error.filename if isinstance(error.filename, str) else ""
    above = cause and cause != path and path.startswith(cause)
    return f"{_readable(cause)}: {reason}" if above else reason


def _readable(path: str) -> str:
    return path if is_one_line(path) else shown(path)
