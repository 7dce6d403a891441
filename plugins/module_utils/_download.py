# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetches links to disk: in blocks, gone on with after a break, and never taken for complete without a proof of the
size.

Every request asks for a range, the first one too: the answer then states the size of the whole file besides the
length of what it sends, and one has to fit the other. A server that knows no ranges is asked without, and its
Content-Length counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import ApiError, CfwError, Outcome
from ansible_collections.secops.cfw.plugins.module_utils._evidence import Part
from ansible_collections.secops.cfw.plugins.module_utils._http import LONGEST_WAIT, Download, Link, Response, Transport
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog

OVERLAP = 64 * 1024
"""Bytes that are asked for again when a file is gone on with, and have to be the same."""
_LONGEST_BACKOFF = 30.0
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})|\*)/(?P<total>[0-9]{1,18})")
_XML_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,80})</Code>")

T = TypeVar("T")


@dataclass(frozen=True)
class Offer:
    """What a server says of a file: its size in bytes, and what tells a later version of it ('' where not said)."""

    size: int
    validator: list[str]


class _NoRanges(Exception):
    """The server refused a range."""


class _Outdated(Exception):
    """What an earlier run left does not belong to this file."""


class Fetcher:
    """Makes the requests of one kind, noted in the call log as `call`."""

    def __init__(self, transport: Transport, context: Context, calls: CallLog, retries: int, call: str) -> None:
        self._transport = transport
        self._context = context
        self._calls = calls
        self._retries = retries
        self._call = call

    def offer(self, link: Link, name: str) -> Offer:
        """Size and version of a file, without its content. Raises ApiError."""

        def ask(_ranges: bool) -> Offer:
            with self._request(link, "bytes=0-0") as answer:
                if answer.status == 416:
                    # An empty file, or a server that refuses ranges; either may say the size.
                    found = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
                    if found:
                        return Offer(int(found["total"]), _validator(answer))
                elif answer.status in (200, 206):
                    return Offer(_size(answer, 0, name, whole=False), _validator(answer))
                else:
                    raise self._refused(answer, name)
            with self._request(link, "") as answer:
                if answer.status != 200:
                    raise self._refused(answer, name)
                return Offer(_size(answer, 0, name), _validator(answer))

        self._calls.called(self._call, "")
        return self._again(ask)

    def fetch(self, link: Link, part: Part, most: int) -> None:
        """Completes `part`; `most` is the largest size accepted.

        After a failure `part` holds what there is, for the next run. Raises ApiError, CfwError (file_changed,
        file_too_large, no_space).
        """
        self._calls.called(self._call, "")
        try:
            self._again(lambda ranges: self._attempt(link, part, ranges, most))
        except CfwError as error:
            if error.code == "file_changed":
                part.forget()
            part.save()
            raise

    def _again(self, act: Callable[[bool], T]) -> T:
        """`act`, repeated after what is transient; without ranges once the server has refused them."""
        failures, ranges = 0, True
        while True:
            try:
                return act(ranges)
            except _NoRanges:
                ranges = False
                continue
            except _Outdated:
                continue
            except ApiError as error:
                wait = error.retry_after
                if not (error.transient or error.throttled) or failures >= self._retries or (wait or 0) > LONGEST_WAIT:
                    error.call = self._call
                    error.hint = error.hint or "Run it again; what was fetched already is gone on with"
                    raise
                code = error.code
            delay = self._context.jitter() * min(_LONGEST_BACKOFF, 2.0 ** min(failures, 8))
            delay = delay if wait is None else wait + self._context.jitter()
            failures += 1
            self._context.progress(f"{self._call}: {code}, asking again in {delay:.1f} seconds ({failures})")
            self._context.sleep(delay)

    def _request(self, link: Link, wanted: str) -> AbstractContextManager[Download]:
        self._calls.attempted(self._call)
        return self._transport.download(link.with_headers({"Range": wanted}) if wanted else link)

    def _attempt(self, link: Link, part: Part, ranges: bool, most: int) -> None:
        start = max(0, part.size - OVERLAP) if ranges else 0
        with self._request(link, f"bytes={start}-" if ranges else "") as answer:
            if answer.status == 416 and ranges:
                raise _NoRanges
            if answer.status not in ((200, 206) if ranges else (200,)):
                raise self._refused(answer, part.name)
            if answer.status == 200:
                start = 0
            total = _size(answer, start, part.name)
            self._compare(part, total, _validator(answer))
            if total > most:
                raise CfwError(
                    "file_too_large",
                    f"{part.name} has {total} bytes, more than max_file_bytes ({most})",
                    hint="Raise max_file_bytes if a capture of that size is expected",
                )
            if answer.status == 200 and part.size:
                part.restart()
            part.check_space(total)
            known = part.tail(start)
            for block in answer.blocks():
                same = min(len(known), len(block))
                if known[:same] != block[:same]:
                    self._differs(part, "the bytes that were asked for twice are not the same")
                known, block = known[same:], block[same:]
                part.earlier = part.earlier and bool(known)
                if part.size + len(block) > total:
                    raise _unfit(part.name, f"more than the {total} bytes announced")
                if block:
                    part.append(block)
        if part.size < total:
            raise ApiError(
                "connection_lost",
                f"{part.name} ended after {part.size} of {total} bytes",
                outcome=Outcome.UNKNOWN,
                transient=True,
            )

    def _compare(self, part: Part, total: int, validator: list[str]) -> None:
        """That it is still the same file."""
        if part.total is not None and part.total != total:
            self._differs(part, f"its size was {part.total} and is {total} bytes")
        if part.validator and not same_version(part.validator, validator):
            self._differs(part, "its version (ETag or Last-Modified) is another")
        part.total, part.validator = total, validator

    @staticmethod
    def _differs(part: Part, how: str) -> None:
        if part.earlier:
            part.forget()
            raise _Outdated
        raise CfwError(
            "file_changed",
            f"{part.name} changed at the service while it was being fetched: {how}",
            hint="Nothing of it was kept. Run it again; if it changes again, do not rely on this capture as evidence",
        )

    def _refused(self, answer: Download, name: str) -> ApiError:
        status = answer.status
        body = b""
        if status >= 400:
            for block in answer.blocks():
                body += block[:4096]
                if len(body) >= 4096:
                    break
        code = _XML_CODE.search(body)
        said = f" ({code[1].decode()})" if code else ""
        hints = {
            403: "The address has expired or is not for this host's public address; run it again for a new one, and "
            "check allowed_ips. What was fetched already is gone on with",
            404: "The service keeps captured files for seven days; look at task.remaining_days",
        }
        response = Response(status, answer.headers, b"")
        return ApiError(
            "download_refused" if status in (401, 403) else f"http_{status}",
            f"{name} can't be fetched: HTTP {status}{said}",
            outcome=Outcome.UNKNOWN,
            status=status,
            throttled=status == 429,
            transient=status >= 500,
            retry_after=response.retry_after(self._context.time()),
            hint=hints.get(status, ""),
        )


def same_version(one: list[str], other: list[str]) -> bool:
    """Whether two validators may stand for one version: what one of them does not say is no difference."""
    return all(not mine or not theirs or mine == theirs for mine, theirs in zip(one, other))


def _validator(answer: Download) -> list[str]:
    headers: Mapping[str, str] = answer.headers
    return [headers.get("ETag", "")[:200], headers.get("Last-Modified", "")[:200]]


def _size(answer: Download, start: int, name: str, *, whole: bool = True) -> int:
    """The size of the whole file, by an answer that begins at `start`; raises ApiError where its headers don't agree.

    With `whole` false the answer may end before the file does.
    """
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise _unfit(name, f"compressed ({encoding[:20]}), which was not asked for")
    if answer.status == 200:
        if answer.length is None:
            raise _unfit(name, "without its size, so that a part of it would pass for all")
        return answer.length
    stated = answer.headers.get("Content-Range", "")
    found = _CONTENT_RANGE.fullmatch(stated)
    if not found or found["first"] is None:
        raise _unfit(name, "as a range without a valid Content-Range")
    first, last, total = (int(found[key]) for key in ("first", "last", "total"))
    if first != start or last >= total or (whole and last != total - 1):
        raise _unfit(name, f"as another range than asked for ({stated})")
    if answer.length is not None and answer.length != last - first + 1:
        raise _unfit(name, f"with a Content-Length of {answer.length} for {stated}")
    return total


def _unfit(name: str, how: str) -> ApiError:
    return ApiError(
        "size_mismatch",
        f"{name} was sent {how}",
        outcome=Outcome.UNKNOWN,
        transient=True,
        hint="Nothing was taken for complete on it. Run it again, and check the proxy if it stays like this",
    )
