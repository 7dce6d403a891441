# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Targets as people give them to roles: YAML lists, or text from a survey, a command line or an alert.

One canonical form, one target each, and every item that is no address or prefix is told, not only the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import Network, parse_network, shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError

_SEPARATORS = re.compile(r"[,\s]+")


@dataclass(frozen=True)
class Target:
    """An address or a prefix, its canonical form, and how it was given first."""

    network: Network
    given: str

    @property
    def text(self) -> str:
        return self.network.text


@dataclass(frozen=True)
class BadItem:
    """An item that is no address or prefix. `reason` begins with where it stands."""

    given: str
    reason: str


@dataclass(frozen=True)
class Targets:
    """What was read: `found` in the order given, each once.

    `folded`: the items that name a target which was named before.
    """

    found: tuple[Target, ...] = ()
    folded: tuple[Target, ...] = ()
    bad: tuple[BadItem, ...] = ()


def split_items(value: Any) -> list[Any]:
    """The items of a list, or of text separated by commas, blanks or new lines; the texts in a list are cut as well.

    Nothing and blank texts are no items. Whatever is not text stays as it is, for `read_targets` to complain about.
    """
    return list(_items(value))


def read_targets(value: Any, where: str = "targets") -> Targets:
    """All targets, and everything that is wrong with them. `where` is the variable's name, for the reasons."""
    found: dict[Network, Target] = {}
    folded: list[Target] = []
    bad: list[BadItem] = []
    for index, item in enumerate(split_items(value)):
        place = f"{where}[{index}]"
        if not isinstance(item, str):
            bad.append(
                BadItem(
                    str(item), f"{place}: {shown(str(item))} is not text; write every address in quotes or on its own"
                )
            )
            continue
        try:
            target = Target(parse_network(item, place), item)
        except InputError as error:
            bad.append(BadItem(item, error.message))
            continue
        if target.network in found:
            folded.append(target)
        else:
            found[target.network] = target
    return Targets(tuple(found.values()), tuple(folded), tuple(bad))


def parse_targets(value: Any, where: str = "targets") -> list[Target]:
    """The targets, each once. InputError with the code ``bad_targets`` names every item that is none."""
    targets = read_targets(value, where)
    if targets.bad:
        raise InputError("; ".join(item.reason for item in targets.bad), code="bad_targets")
    return list(targets.found)


def _items(value: Any) -> Iterator[Any]:
    if value is None:
        return
    if isinstance(value, str):
        # The pieces are plain text, whatever kind of text ansible-core hands over.
        yield from (piece for piece in _SEPARATORS.split(str(value)) if piece)
    elif isinstance(value, (list, tuple)) or (hasattr(value, "__iter__") and not isinstance(value, (Mapping, bytes))):
        for item in value:
            if isinstance(item, (list, tuple, Mapping)):
                yield item
            else:
                yield from _items(item)
    else:
        yield value


def target_texts(value: Any) -> list[str]:
    """The targets in canonical form. Raises InputError as `parse_targets`."""
    return [target.text for target in parse_targets(value)]
