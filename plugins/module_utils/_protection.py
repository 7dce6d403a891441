# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may never be blocked: special ranges, and the addresses that users declare protected.

All targets are judged before the first write, and one refused target refuses the task. A target is refused if it
overlaps a refused range in either direction: it lies inside it, or it is a prefix that contains part of it. IPv6
addresses that carry an IPv4 address (IPv4-mapped, NAT64, 6to4, Teredo and so on) are judged by the address inside
as well, on both sides: as targets and as protected entries.
"""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar, Union

from ansible_collections.secops.cfw.plugins.module_utils._addresses import (
    BITS,
    Address,
    Network,
    is_file_name,
    network_of,
    parse_network,
    shown,
    split_list,
)
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec

VARIABLE = "SECOPS_CFW_PROTECTED"
MOST_FILE_BYTES = 16 * 1024 * 1024
_MOST_LISTED = 10

Target = Union[Address, Network]

# That allow_protected needs a reason is judged after blank items were dropped, so not by required_by.
PROTECTION = OptionSpec(
    options={
        "protected": {"type": "list", "elements": "str"},
        "protected_file": {"type": "path"},
        "allow_protected": {"type": "list", "elements": "str"},
        "allow_protected_reason": {"type": "str"},
    }
)


@dataclass(frozen=True)
class SpecialRange:
    """A range with a meaning of its own, and the document that gives it that meaning."""

    network: Network
    name: str
    source: str


def _ranges(*rows: tuple[str, str, str]) -> tuple[SpecialRange, ...]:
    return tuple(SpecialRange(parse_network(text, name), name, source) for text, name, source in rows)


NEVER = _ranges(
    ("0.0.0.0/8", "unspecified (this network)", "RFC 1122"),
    ("100.100.100.200", "cloud metadata", "Alibaba Cloud"),
    ("127.0.0.0/8", "loopback", "RFC 1122"),
    ("169.254.0.0/16", "link-local, cloud metadata", "RFC 3927"),
    ("192.0.0.0/24", "IETF protocol assignments", "RFC 6890"),
    ("224.0.0.0/4", "multicast", "RFC 5771"),
    ("240.0.0.0/4", "reserved or broadcast", "RFC 1112, RFC 919"),
    ("::", "unspecified", "RFC 4291"),
    ("::1", "loopback", "RFC 4291"),
    ("100::/64", "discard-only", "RFC 6666"),
    ("fe80::/10", "link-local", "RFC 4291"),
    ("fec0::/10", "site-local", "RFC 3879"),
    ("ff00::/8", "multicast", "RFC 4291"),
)
"""Refused whatever the user says: no attacker has these addresses, and blocking them breaks things."""

PRIVATE = _ranges(
    ("10.0.0.0/8", "private", "RFC 1918"),
    ("100.64.0.0/10", "carrier-grade NAT", "RFC 6598"),
    ("172.16.0.0/12", "private", "RFC 1918"),
    ("192.168.0.0/16", "private", "RFC 1918"),
    ("198.18.0.0/15", "benchmarking", "RFC 2544"),
    ("2001:2::/48", "benchmarking", "RFC 5180"),
    ("5f00::/16", "segment routing", "RFC 9602"),
    ("fc00::/7", "unique local", "RFC 4193"),
)
"""Somebody's own network: refused, unless the rule is for the intranet or the exact target is exempted."""

DOCUMENTATION = _ranges(
    ("192.0.2.0/24", "documentation", "RFC 5737"),
    ("198.51.100.0/24", "documentation", "RFC 5737"),
    ("203.0.113.0/24", "documentation", "RFC 5737"),
    ("2001:db8::/32", "documentation", "RFC 3849"),
    ("3fff::/20", "documentation", "RFC 9637"),
)
"""Examples in manuals: allowed with a warning."""


@dataclass(frozen=True)
class Embedding:
    """A range of IPv6 addresses that carry an IPv4 address, which begins at bit `offset`.

    `inverted`: all its bits are flipped. `zero_tail`: only addresses whose last so many bits are zero have this layout.
    `identity`: another spelling of IPv4 itself, so that the whole range means all of IPv4.
    """

    name: str
    network: Network
    offset: int
    inverted: bool = False
    zero_tail: int = 0
    identity: bool = False

    def inside(self, network: Network) -> Network | None:
        """The IPv4 network carried by the part of an IPv6 `network` that overlaps this range, or None."""
        if network.first > self.network.last or network.last < self.network.first:
            return None
        first, prefix = max((network.first, network.prefix), (self.network.first, self.network.prefix))
        if self.zero_tail and first & ((1 << self.zero_tail) - 1):
            return None
        value = (first >> (96 - self.offset)) & 0xFFFFFFFF
        return network_of(4, value ^ 0xFFFFFFFF if self.inverted else value, min(max(prefix - self.offset, 0), 32))


def _embedding(name: str, text: str, offset: int, **more: Any) -> Embedding:
    return Embedding(name, parse_network(text, name), offset, **more)


# Who uses 64:ff9b:1::/48 chooses the layout (RFC 8215, RFC 6052 section 2.2). It is read as a /96 prefix, and as a
# /64 prefix where the tail is zero as that asks; in the layouts of /48 and /56 the last 32 bits are zero, and 0.0.0.0
# is refused.
EMBEDDINGS = (
    _embedding("IPv4-mapped", "::ffff:0:0/96", 96, identity=True),  # RFC 4291
    _embedding("IPv4-compatible", "::/96", 96),  # RFC 4291
    _embedding("IPv4-translated", "::ffff:0:0:0/96", 96),  # RFC 2765
    _embedding("NAT64", "64:ff9b::/96", 96),  # RFC 6052
    _embedding("NAT64", "64:ff9b:1::/48", 96),  # RFC 8215
    _embedding("NAT64", "64:ff9b:1::/48", 72, zero_tail=24),
    _embedding("6to4", "2002::/16", 16),  # RFC 3056
    _embedding("Teredo client", "2001::/32", 96, inverted=True),  # RFC 4380
    _embedding("Teredo server", "2001::/32", 32),
)


@dataclass(frozen=True)
class Form:
    """A network as such (`via` is empty), or the IPv4 network that it carries and how."""

    network: Network
    via: str = ""


def forms(network: Network) -> Iterator[Form]:
    """The network, and the IPv4 networks that its addresses carry.

    A prefix that holds several addresses carries all that they carry: ``2002::/15`` carries all of IPv4.
    """
    yield Form(network)
    if network.version == 6:
        for embedding in EMBEDDINGS:
            inner = embedding.inside(network)
            if inner is not None:
                yield Form(inner, embedding.name)


def protected_forms(network: Network) -> Iterator[Form]:
    """What a protected entry protects: itself, and the IPv4 networks that it names inside.

    An entry that fixes no bit of the IPv4 address says nothing about it (``2000::/3`` does not protect all of IPv4),
    but for ``::ffff:0:0/96``, which is IPv4 in another spelling.
    """
    yield Form(network)
    if network.version == 6:
        for embedding in EMBEDDINGS:
            inner = embedding.inside(network)
            if inner is not None and (inner.prefix or (embedding.identity and network.prefix >= 96)):
                yield Form(inner, embedding.name)


T = TypeVar("T")


class Overlaps(Generic[T]):
    """Finds what overlaps a network, in logarithmic time. Of nested entries only the widest is kept: it says enough."""

    def __init__(self, entries: Iterable[tuple[Network, T]]) -> None:
        self._firsts: dict[int, list[int]] = {version: [] for version in BITS}
        self._found: dict[int, list[tuple[int, T]]] = {version: [] for version in BITS}
        for network, entry in sorted(entries, key=lambda row: (row[0].version, row[0].first, row[0].prefix)):
            found = self._found[network.version]
            if not found or network.first > found[-1][0]:
                self._firsts[network.version].append(network.first)
                found.append((network.last, entry))

    def find(self, network: Network) -> T | None:
        """An entry that contains part of `network`, or of which it contains part."""
        index = bisect_right(self._firsts[network.version], network.last) - 1
        if index < 0:
            return None
        last, entry = self._found[network.version][index]
        return entry if last >= network.first else None


_NEVER = Overlaps((row.network, row) for row in NEVER)
_PRIVATE = Overlaps((row.network, row) for row in PRIVATE)
_DOCUMENTATION = Overlaps((row.network, row) for row in DOCUMENTATION)


@dataclass(frozen=True)
class ProtectedEntry:
    """A protected network; `source` is the option, the variable or the file, `place` the exact item or line."""

    network: Network
    source: str
    place: str


@dataclass(frozen=True)
class Protected:
    """All protected entries that are in force."""

    entries: tuple[ProtectedEntry, ...] = ()

    @property
    def sources(self) -> dict[str, int]:
        """How many entries each source gave."""
        counts: dict[str, int] = {}
        for entry in self.entries:
            counts[entry.source] = counts.get(entry.source, 0) + 1
        return counts

    def find(self, target: Target) -> ProtectedEntry | None:
        """The entry that a target overlaps, in either direction and by the addresses inside; None if there is none."""
        hits = (self.overlaps.find(form.network) for form in forms(_network(target)))
        return next((hit for hit in hits if hit is not None), None)

    @cached_property
    def overlaps(self) -> Overlaps[ProtectedEntry]:
        return Overlaps((form.network, entry) for entry in self.entries for form in protected_forms(entry.network))


def read_protected(option: Sequence[str] | None, protected_file: str | None, context: Context) -> Protected:
    """The union of the option ``protected``, the variable ``SECOPS_CFW_PROTECTED`` and ``protected_file``.

    Anything in them that can't be read or understood raises InputError, which names the source and the item or line.
    """
    entries = [
        ProtectedEntry(parse_network(item, place), "protected", place)
        for place, item in ((f"protected[{index}]", item) for index, item in enumerate(split_list(option)))
    ]
    entries += [
        ProtectedEntry(parse_network(item, VARIABLE), VARIABLE, VARIABLE)
        for item in re.split(r"[,\s]+", context.env(VARIABLE))
        if item
    ]
    if protected_file and protected_file.strip():
        if not is_file_name(protected_file):
            raise InputError(
                f"protected_file {shown(protected_file)}: is not a file name: it is too long or has control characters in it"
            )
        entries += _read_file(protected_file)
    return Protected(tuple(entries))


@dataclass(frozen=True)
class Verdict:
    """What the judgement of all targets came to.

    `refused`: rows of target, code (everything, never, private, protected), reason, entry and source.
    `exempted`: rows of target, because, reason. `summary`: how many protected entries from which sources were in force.
    """

    refused: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    exempted: list[dict[str, str]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """What a module returns about the protection that was in force."""
        return {**self.summary, "exempted": self.exempted}

    def check(self, private_hint: str = "") -> None:
        """Raises InputError with the code ``protected_target`` if any target is refused; its result lists them all.

        `private_hint`: what else can be done about private addresses, where the caller knows of something.
        """
        if not self.refused:
            return
        listed = [f"{row['target']} ({row['reason']})" for row in self.refused[:_MOST_LISTED]]
        more = len(self.refused) - len(listed)
        error = InputError(
            f"Refused, and nothing was changed: {'; '.join(listed)}" + (f"; and {more} more" if more else ""),
            hint=self._hint(private_hint),
            code="protected_target",
        )
        error.result["refused"] = self.refused
        error.result["protection"] = self.as_dict()
        raise error

    def _hint(self, private_hint: str) -> str:
        codes = {row["code"] for row in self.refused}
        hints = ["Take them out of the targets"]
        if codes & {"private", "protected"}:
            hints.append(
                "to include one all the same, name it in allow_protected and say why in allow_protected_reason"
            )
        if codes & {"everything", "never"}:
            hints.append("special ranges can't be exempted")
        if private_hint and "private" in codes:
            hints.append(private_hint)
        return "; ".join(hints)


def judge(
    targets: Sequence[Target],
    protected: Protected,
    *,
    intranet: bool = False,
    allow_protected: Sequence[str] | None = None,
    reason: str | None = "",
    only_protected: bool = False,
    removal: bool = False,
) -> Verdict:
    """Judges all targets. `intranet`: private ranges are what the rule is for.

    `allow_protected`: the exact targets that are exempted from `protected` and from private ranges, with the `reason`
    (InputError if it is blank). `only_protected`: special ranges don't matter, as where an allow entry is removed.
    `removal`: the targets are what is removed, so that all addresses at once are no mistake to be kept out.
    """
    exempt = _read_exempt(allow_protected, reason)
    verdict = Verdict(summary={"entries": len(protected.entries), "sources": protected.sources})
    documentation: list[str] = []
    embedded: dict[str, list[str]] = {}
    seen: set[Network] = set()
    for target in targets:
        network = _network(target)
        seen.add(network)
        found = list(forms(network))
        fatal = None if removal and only_protected else _fatal(network, found, only_protected)
        if fatal is not None:
            verdict.refused.append(fatal)
            continue
        objection = _objection(network, found, protected, intranet or only_protected)
        if objection is not None and network not in exempt:
            verdict.refused.append(objection)
            continue
        if objection is not None:
            because = objection["reason"]
            verdict.exempted.append({"target": network.text, "because": because, "reason": (reason or "").strip()})
        if any(_DOCUMENTATION.find(form.network) for form in found):
            documentation.append(network.text)
        for form in found[1:]:
            embedded.setdefault(form.via, []).append(f"{network.text} (inside: {form.network.text})")
    if not only_protected:
        verdict.warnings.extend(_warnings(documentation, embedded))
    verdict.warnings.extend(
        f"allow_protected: {entry.text} is none of the targets, so it exempts nothing"
        for entry in exempt
        if entry not in seen
    )
    return verdict


def is_private(target: Target) -> bool:
    """Whether a target is in somebody's own network."""
    return _PRIVATE.find(_network(target)) is not None


def _network(target: Target) -> Network:
    return target if isinstance(target, Network) else target.network


def _refusal(network: Network, code: str, reason: str, entry: str, source: str) -> dict[str, str]:
    return {"target": network.text, "code": code, "reason": reason, "entry": entry, "source": source}


def _fatal(network: Network, found: Sequence[Form], only_protected: bool) -> dict[str, str] | None:
    """The refusal that nothing lifts, if any."""
    if network.prefix == 0:
        return _refusal(network, "everything", "it covers every address", network.text, "built-in")
    return None if only_protected else _special(network, found, _NEVER, "never")


def _objection(
    network: Network, found: Sequence[Form], protected: Protected, private_allowed: bool
) -> dict[str, str] | None:
    """The refusal that allow_protected lifts, if any; the user's own entries come first, they say more."""
    for form in found:
        entry = protected.overlaps.find(form.network)
        if entry is not None:
            reason = f"{_carried(form)}protected by {entry.network.text} from {entry.place}"
            return _refusal(network, "protected", reason, entry.network.text, entry.source)
    return None if private_allowed else _special(network, found, _PRIVATE, "private")


def _special(
    network: Network, found: Sequence[Form], ranges: Overlaps[SpecialRange], code: str
) -> dict[str, str] | None:
    for form in found:
        hit = ranges.find(form.network)
        if hit is not None:
            reason = f"{_carried(form)}{hit.name}, {hit.network.text}, {hit.source}"
            return _refusal(network, code, reason, hit.network.text, "built-in")
    return None


def _carried(form: Form) -> str:
    return f"{form.via} address of {form.network.text}: " if form.via else ""


def _read_exempt(allow_protected: Sequence[str] | None, reason: str | None) -> dict[Network, None]:
    items = split_list(allow_protected)
    if items and not (reason or "").strip():
        raise InputError(
            "allow_protected: a reason is missing; say in allow_protected_reason why these targets are exempted, "
            "it is recorded in the result"
        )
    return {parse_network(item, f"allow_protected[{index}]"): None for index, item in enumerate(items)}


def _warnings(documentation: Sequence[str], embedded: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if documentation:
        yield f"Addresses of documentation ranges, from which no real traffic comes: {_some(documentation)}"
    for via, rows in embedded.items():
        yield f"{via} addresses, of which the rule hits only this IPv6 spelling: {_some(rows)}"


def _some(rows: Sequence[str]) -> str:
    more = len(rows) - _MOST_LISTED
    return ", ".join(rows[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _read_file(path: str) -> list[ProtectedEntry]:
    where = f"protected_file {path!r}"
    entries = []
    for number, line in enumerate(_file_text(path, where).split("\n"), start=1):
        item = line.partition("#")[0].strip()
        if item:
            place = f"{path}, line {number}"
            entries.append(ProtectedEntry(parse_network(item, f"{where}, line {number}"), path, place))
    if not entries:
        raise InputError(
            f"{where}: holds no entry, which is most likely a mistake; write one address or prefix a line, "
            "or leave the option out"
        )
    return entries


def _file_text(path: str, where: str) -> str:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError(f"{where}: is not a regular file; name a text file with one address or prefix a line")
        with open(path, "rb") as stream:
            data = stream.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"{where}: can't be read: {error.strerror}; name a readable text file") from error
    if len(data) > MOST_FILE_BYTES:
        raise InputError(f"{where}: is larger than {MOST_FILE_BYTES // (1024 * 1024)} MiB; one entry a line needs less")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{where}, line {number}: is not UTF-8 text; save the file as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
