# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the credential: one source supplies the whole of it, never a mixture.

The order is: task options, else the named profile, else the first environment family that has anything, else the
default files, else the server's metadata when that is asked for. A source that has only part of a credential is an
error; so is one that can't be read. What the sources are and what they call things is data: see `Table`.
No message and no repr shows a key.
"""

from __future__ import annotations

import configparser
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ansible_collections.secops.cfw.plugins.module_utils._addresses import shown
from ansible_collections.secops.cfw.plugins.module_utils._connection import text
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, InputError
from ansible_collections.secops.cfw.plugins.module_utils._http import HttpSettings, Response, Transport
from ansible_collections.secops.cfw.plugins.module_utils._signing import Endpoint, Request
from ansible_collections.secops.cfw.plugins.module_utils._version import USER_AGENT

METADATA_TIMEOUT = 3.0
"""Seconds; the metadata service is one hop away, and away from the cloud nobody answers at all."""
_METADATA_MOST = 64 * 1024
_LONGEST_PROFILE = 128
# Keys and tokens go into headers: printable ASCII without blanks, as every key of both clouds is.
_CLEAN = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Credential:
    """What signs a request: a key pair, perhaps with a token, or (Huawei) a token alone. `source` says where from."""

    key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    auth_token: str = field(default="", repr=False)
    project_id: str = ""
    source: str = ""


@dataclass(frozen=True)
class Names:
    """What a source calls the parts of a credential; '' is a part that it can't have. All `tokens` mean the same."""

    key_id: str = ""
    secret: str = ""
    tokens: tuple[str, ...] = ()
    auth_token: str = ""
    project_id: str = ""

    @property
    def pair(self) -> tuple[str, ...]:
        return tuple(name for name in (self.key_id, self.secret) if name)

    @property
    def needed(self) -> tuple[str, ...]:
        """The parts of which a credential can't do without all."""
        return tuple(name for name in (self.key_id, self.secret, self.auth_token) if name)


Entries = Mapping[str, Any]


def _accept(_entries: Entries) -> str:
    return ""


@dataclass(frozen=True)
class File:
    """A kind of credentials file.

    `path` is relative to the home directory, `{profile}` in it is the profile's name; in an INI file the profile is a
    section, a JSON file is one profile. `refusal` says why entries that are there can't be used ('' if they can).
    """

    path: str
    ini: bool
    default_profile: str
    names: Names
    refusal: Callable[[Entries], str] = _accept

    def entries(self, path: str, profile: str) -> Entries | None:
        """The profile's entries, or None if the file or the section is not there. Raises InputError."""
        content = _content(path)
        if content is None:
            return None
        return _ini_section(content, path, profile) if self.ini else _json_object(content, path)


@dataclass(frozen=True)
class Table:
    """A cloud's sources, in the order in which they are looked at."""

    cloud: str
    options: Names
    families: tuple[Names, ...]
    files: tuple[File, ...]


FetchMetadata = Callable[[Context], Credential]


def find(table: Table, params: Mapping[str, Any], context: Context, fetch_metadata: FetchMetadata) -> Credential:
    """The credential to use; its secrets are registered with the context's redactor. Raises InputError."""
    search = _Search(table, context)
    profile = text(params, "profile")
    if profile:
        search.refuse_mixture(params)
        _check_profile(profile)
        return search.named(profile)
    found = search.assemble(table.options, params.get, "options", str) or search.environment() or search.default()
    if found:
        return found
    if params.get("instance_metadata"):
        found = fetch_metadata(context)
        context.redactor.add(found.key_id, found.secret, found.token)
        return found
    search.places.append("the server's metadata (not asked for: instance_metadata is false)")
    raise InputError(
        f"No credential for {table.cloud} was found; looked at, in this order: {'; '.join(search.places)}",
        code="no_credential",
        hint=f"Set {_and(table.families[0].pair)} in the environment, or name a profile with the option profile",
    )


class _Search:
    """One search: what was looked at so far, and what was found there."""

    def __init__(self, table: Table, context: Context) -> None:
        self._table = table
        self._context = context
        self.places: list[str] = []

    def refuse_mixture(self, params: Mapping[str, Any]) -> None:
        names = self._table.options
        for name in (*names.needed, *names.tokens):
            if text(params, name):
                raise InputError(f"profile and {name} are both given; give the keys or the name of a profile, not both")

    def assemble(
        self, names: Names, read: Callable[[str], Any], source: str, label: Callable[[str], str]
    ) -> Credential | None:
        """The credential that a source supplies, or None (and a note) if it has none of the parts."""
        values: dict[str, str] = {}
        blank: set[str] = set()
        for name in (*names.needed, *names.tokens):
            value = read(name)
            if value is None:
                continue
            if not isinstance(value, str):
                raise InputError(f"{label(name)} is not a text; put it between quotation marks")
            if value.strip():
                self._context.redactor.add(value, value.strip())
                values[name] = value
            else:
                blank.add(name)
        if not values:
            self._note(names, blank, source)
            return None
        tokens = [name for name in names.tokens if name in values]
        self._check_parts(names, values, blank, tokens, label)
        project_id = read(names.project_id) if names.project_id else None
        if isinstance(project_id, str) and project_id.strip():
            values[names.project_id] = project_id
        for name, value in values.items():
            self._check_value(label(name), value)
        return Credential(
            key_id=values.get(names.key_id, ""),
            secret=values.get(names.secret, ""),
            token=values[tokens[0]] if tokens else "",
            auth_token=values.get(names.auth_token, ""),
            project_id=values.get(names.project_id, ""),
            source=f"{source} {_and([name for name in names.needed if name in values])}",
        )

    def _check_parts(
        self,
        names: Names,
        values: Mapping[str, str],
        blank: set[str],
        tokens: Sequence[str],
        label: Callable[[str], str],
    ) -> None:
        present = [name for name in names.pair if name in values]
        absent = [name for name in names.pair if name not in values]
        keys = [*present, *tokens]
        if names.auth_token in values:
            if keys:
                self._fail(f"{label(names.auth_token)} and {label(keys[0])} are both set; only one of them can sign")
            return
        if absent:
            state = "blank" if set(absent) <= blank else "not"
            verb = "is" if len(absent) == 1 else "are"
            self._fail(f"{label(keys[0])} is set but {_and([label(name) for name in absent])} {verb} {state}")
        if len({values[name] for name in tokens}) > 1:
            self._fail(
                f"{_and([label(name) for name in tokens])} are set and differ; unset the one that is out of date"
            )

    @staticmethod
    def _check_value(label: str, value: str) -> None:
        if value != value.strip():
            raise InputError(f"{label} has blanks or line breaks around its value; remove them")
        if not _CLEAN.fullmatch(value):
            raise InputError(
                f"{label} contains a character that can't be right: a blank, a line break, or one outside ASCII"
            )

    def environment(self) -> Credential | None:
        """The credential of the first environment family that has anything, or None."""
        for family in self._table.families:
            found = self.assemble(family, self._context.environ.get, "environment", str)
            if found:
                return found
        return None

    def named(self, profile: str) -> Credential:
        """The credential of a named profile. Raises InputError: no other source takes its place."""
        for file, place, entries in self._present(profile):
            refusal = file.refusal(entries)
            if refusal:
                raise InputError(f"Profile {profile} can't be used: {place} {refusal}")
            found = self._take(file, place, entries)
            if found:
                return found
            raise InputError(f"Profile {profile} can't be used: {place} has no {_and(file.names.needed)}")
        raise InputError(f"Profile {profile} was not found; looked at: {'; '.join(self.places)}", code="no_credential")

    def default(self) -> Credential | None:
        """The credential of the default files, or None. Nobody asked for these: one that is refused is passed over."""
        for file, place, entries in self._present(""):
            refusal = file.refusal(entries)
            if refusal:
                self.places.append(f"{place} ({refusal})")
                continue
            found = self._take(file, place, entries)
            if found:
                return found
        return None

    def _present(self, profile: str) -> Iterator[tuple[File, str, Entries]]:
        """The files that have the profile ('' is the default one), with the place's name and its entries."""
        for file in self._table.files:
            name = profile or file.default_profile
            path = os.path.join(self._context.home, *file.path.replace("{profile}", name).split("/"))
            entries = file.entries(path, name)
            if entries is not None:
                yield file, f"section [{name}] of {path}" if file.ini else path, entries
            else:
                missing = f"no section [{name}]" if os.path.exists(path) else "no such file"
                self.places.append(f"{path} ({missing})")

    def _take(self, file: File, place: str, entries: Entries) -> Credential | None:
        def label(name: str) -> str:
            return f"{name} in {place}"

        return self.assemble(file.names, entries.get, f"{place}:", label)

    def _note(self, names: Names, blank: set[str], source: str) -> None:
        states = {name: "blank" if name in blank else "not set" for name in names.needed}
        if len(set(states.values())) == 1:
            self.places.append(f"{source} {_and(names.needed)} ({states[names.needed[0]]})")
        else:
            self.places.append(f"{source} {_and([f'{name} ({state})' for name, state in states.items()])}")

    def _fail(self, problem: str) -> NoReturn:
        before = f" (looked at before, in this order: {'; '.join(self.places)})" if self.places else ""
        raise InputError(f"{problem}; one source has to supply the whole credential{before}")


def _and(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)


def _check_profile(profile: str) -> None:
    if profile != profile.strip() or not profile.isprintable():
        raise InputError(f"profile {shown(profile)} has blanks around it or unprintable characters in it; remove them")
    if len(profile) > _LONGEST_PROFILE:
        raise InputError(
            f"profile {shown(profile)} has {len(profile)} characters; a name has at most {_LONGEST_PROFILE}"
        )
    if ".." in profile or any(character in profile for character in "/\\[]"):
        raise InputError(
            f"profile {profile} is the name of a profile, not a path: no slash, no bracket and no '..' in it"
        )


def _content(path: str) -> str | None:
    """A file's text, or None if there is no such file. Raises InputError."""
    try:
        with open(path, encoding="utf-8-sig") as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text in UTF-8; save it in that encoding") from None
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from None


def _ini_section(content: str, path: str, section: str) -> Entries | None:
    # No interpolation: a key may contain '%'. No section whose entries count for all others: that would be a mixture.
    parser = configparser.RawConfigParser(default_section="\n")
    try:
        parser.read_string(content)
    except configparser.Error as error:
        # Only the line's number: the error's own text quotes the line, with the key in it.
        line = getattr(error, "lineno", None) or error.errors[0][0]  # type: ignore[attr-defined]
        raise InputError(f"{path} can't be read as an INI file: line {line} is malformed or a repetition") from None
    return dict(parser.items(section)) if parser.has_section(section) else None


def _json_object(content: str, path: str) -> Entries:
    try:
        entries = json.loads(content)
    except json.JSONDecodeError as error:
        raise InputError(f"{path} can't be read as JSON: line {error.lineno} is malformed") from None
    except (RecursionError, ValueError):  # nested without end, or a number of thousands of digits
        raise InputError(f"{path} can't be read as JSON: it is no credentials file") from None
    if not isinstance(entries, dict):
        raise InputError(f"{path} holds no JSON object with a credential in it")
    return entries


class Metadata:
    """A cloud server's metadata service: plain http to a fixed link-local address, past any proxy, no key sent."""

    def __init__(self, context: Context, cloud: str, endpoint: Endpoint, host: str = "") -> None:
        self._cloud = cloud
        self._endpoint = endpoint
        self._host = host or endpoint.authority
        self._context = context

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """The answer, of whatever status. Raises InputError if there is none."""
        request = Request(
            method=method, endpoint=self._endpoint, path=path, headers={"Host": self._host, **(headers or {})}
        )
        settings = HttpSettings(METADATA_TIMEOUT, retries=0, max_response_bytes=_METADATA_MOST, use_proxies=False)
        transport = Transport(settings, self._context, USER_AGENT)
        try:
            return transport.send(request)
        except ApiError as error:
            raise self.failure(f"did not answer ({error.code})") from None
        finally:
            transport.close()

    def text(self, answer: Response) -> str:
        """A word in the answer. Raises InputError if it is not just that."""
        word = answer.body.decode("ascii", "replace").strip()
        if not _CLEAN.fullmatch(word):
            raise self.failure("gave an answer that is not understood")
        return word

    def document(self, answer: Response) -> Entries:
        """The JSON object in the answer. Raises InputError."""
        try:
            document = answer.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise self.failure("gave an answer that is not understood")
        return document

    def credential(self, entries: Entries, names: Names, expires: float | None, now: float) -> Credential:
        """The temporary credential in `entries`. Raises InputError if it is incomplete or expired (Unix seconds)."""
        values = [entries.get(name) for name in (*names.pair, *names.tokens)]
        if not all(isinstance(value, str) and _CLEAN.fullmatch(value) for value in values):
            raise self.failure(f"gave a credential that lacks {_and([*names.pair, *names.tokens])}")
        if expires is not None and expires <= now:
            raise self.failure(
                f"gave a credential that expired {now - expires:.0f} seconds ago by this machine's clock"
            )
        key_id, secret, token = map(str, values)
        return Credential(key_id, secret, token, source=f"the metadata of this {self._cloud} server")

    def failure(self, what: str) -> InputError:
        return InputError(
            f"The metadata service at {self._endpoint.authority} {what}; instance_metadata works only on a server of "
            f"{self._cloud} that has a role or agency",
            code="no_credential",
        )
