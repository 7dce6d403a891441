# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where every target of a case stands, folded from all runs in their order: later knowledge replaces earlier.

States: in_force (listed when it was last read, which is `as_of`), not_in_path (listed, but the traffic does not pass there),
shadowed (listed, but entries of the allow list cover it and may let it through), failed, refused,
unknown, unread (the list could not be read again), expired, gone (no longer listed, and this case did not remove it),
not_attempted, released (this case removed it), planned (a plan's real run would do it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.secops.cfw.plugins.plugin_utils._report_text import PERMANENT, beijing, moment, text

CLOUDS = {"tencent": "Tencent", "huawei": "Huawei", "": "both clouds"}
# Not contained, the most urgent first.
OPEN_STATES = (
    "failed",
    "unknown",
    "gone",
    "expired",
    "unread",
    "shadowed",
    "not_in_path",
    "not_attempted",
    "refused",
)
# Why a guard refuses what should be blocked: other refusals are on purpose, as the target must not be blocked.
_NOT_ON_PURPOSE = ("no_room", "dry_run_refused", "unparsable", "read_failed")
LISTED = ("in_force", "shadowed", "not_in_path")
"""On the list, as far as is known."""
Key = tuple[str, str, str]


def rows(result: Any, name: str) -> list[dict[str, Any]]:
    """The dictionaries of a list in a result; nothing for what has another shape."""
    found = result.get(name) if isinstance(result, Mapping) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def place(cloud: Any, scope: Any = "", firewall: Any = "") -> str:
    """Tencent, Huawei edge-1, or Huawei and the firewall's id where it has no name."""
    name = CLOUDS.get(text(cloud), text(cloud))
    return f"{name} {text(firewall) or text(scope)}".strip()


class Standing:
    """The fold. `entries` by cloud, scope and target; `paths`: own addresses that a firewall does not see."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.entries: dict[Key, dict[str, Any]] = {}
        self.paths: dict[Key, dict[str, Any]] = {}
        self.plan: list[dict[str, Any]] = []
        self.guarded: dict[str, str] = {}
        self.refused: dict[Key, dict[str, Any]] = {}
        self.on_purpose: set[Key] = set()
        # Why the latest guard let nothing pass at all, as it may without naming a target.
        self.refusal = ""

    def add(self, run: Mapping[str, Any]) -> None:
        results = run["results"]
        for _at, _order, step in sorted(_moments(results)):
            getattr(self, f"_{step}")(results[step], text(run["run_id"]), bool(run.get("planned")))

    def finish(self) -> None:
        """What time alone changed, and what was never tried."""
        for entry in self.entries.values():
            until = moment(entry["until"])
            if entry["state"] in LISTED and until and until <= self.now:
                if entry["cloud"] == "huawei":
                    entry["overdue"] = True
                else:
                    entry.update(state="expired", reason=f"its time ran out at {entry['until']}")
        tried = {target for _cloud, _scope, target in self.entries} | {row["target"] for row in self.plan}
        tried |= {target for _cloud, _scope, target in self.refused}
        for target, run_id in self.guarded.items():
            if target not in tried:
                reason = "no run of this case tried to block it"
                if self.refusal:
                    reason = f"the guard refused the whole incident: {self.refusal}"
                self._set(("", "", target), run_id, state="not_attempted", reason=reason)
        for key, row in self.refused.items():
            self._set(key, **row)
        self.on_purpose &= set(self.refused)

    def spared(self) -> list[dict[str, Any]]:
        """What the guard would not have blocked, as it must not be: these are not attackers that nobody has contained."""
        return [entry for entry in self.listed("refused") if _key(entry) in self.on_purpose]

    def open(self) -> list[dict[str, Any]]:
        """What is not contained, or not known to be."""
        return [entry for entry in self.listed(*OPEN_STATES) if _key(entry) not in self.on_purpose]

    def listed(self, *states: str) -> list[dict[str, Any]]:
        """The entries in these states: by state, then what ends first, then address."""
        found = [entry for entry in self.entries.values() if entry["state"] in states]
        if "not_in_path" in states:
            found += self.paths.values()
        return sorted(
            found,
            key=lambda entry: (
                states.index(entry["state"]),
                entry["until"] or "~",
                entry["target"],
                entry["cloud"],
                entry["scope"],
            ),
        )

    def _set(self, key: Key, run_id: str, **known: Any) -> dict[str, Any]:
        cloud, scope, target = key
        entry = self.entries.setdefault(
            key,
            {
                "target": target,
                "cloud": cloud,
                "scope": scope,
                "firewall": "",
                "state": "",
                "result": "",
                "changed": False,
                "listed": False,
                "until": "",
                "until_beijing": "",
                "overdue": False,
                "enforcement": "unknown",
                "hits": None,
                "last_hit": "",
                "token": False,
                "row_id": "",
                "reason": "",
                "shadowed_by": [],
                "before": None,
                "after": None,
                "as_of": "",
                "run_id": run_id,
            },
        )
        entry.update({name: value for name, value in known.items() if value is not None}, run_id=run_id)
        entry["until_beijing"] = beijing(entry["until"])
        return entry

    def _guard(self, result: Mapping[str, Any], run_id: str, _planned: bool) -> None:
        as_of = text(result.get("checked_at"))
        if isinstance(result.get("targets"), list):
            self.guarded.update({text(target): run_id for target in result["targets"] if text(target)})
            # What an earlier run refused and this one lets pass is no longer refused.
            passed = set(self.guarded)
            self.refused = {key: row for key, row in self.refused.items() if key[2] not in passed}
        if result.get("ok") is True:
            # Nor is what this one was not asked for: the refused targets were taken out.
            self.refused = {}
        self.refusal = ""
        for row in rows(result, "refused"):
            key = _key(row)
            if not key[2]:
                # Of the whole incident, as when something could not be read: it is a problem, and no target.
                self.refusal = self.refusal or text(row.get("reason")) or text(row.get("code")) or "no reason is given"
                continue
            self.guarded.pop(key[2], None)
            (self.on_purpose.discard if text(row.get("code")) in _NOT_ON_PURPOSE else self.on_purpose.add)(key)
            self.refused[key] = {
                "state": "refused",
                "result": "refused",
                "reason": text(row.get("reason")) or text(row.get("code")),
                "as_of": as_of,
                "run_id": run_id,
            }

    def _block(self, result: Mapping[str, Any], run_id: str, planned: bool) -> None:
        planned = planned or bool(result.get("planned"))
        as_of = text(result.get("finished_at")) or text(result.get("started_at"))
        for row in rows(result, "targets"):
            said = text(row.get("result"))
            if planned and said == "blocked":
                self.plan.append(_planned("block", row, result))
                continue
            known = {
                "firewall": text(row.get("firewall")),
                "result": said,
                "changed": bool(row.get("changed")),
                "listed": bool(row.get("listed")),
                "until": text(row.get("until") or (result.get("until") if said == "blocked" else "")),
                "enforcement": text(row.get("enforcement")) or "unknown",
                "token": bool(row.get("token")),
                "row_id": text(row.get("row_id")),
                "reason": text(row.get("reason")),
                "shadowed_by": _texts(row.get("shadowed_by")),
                "after": _row(row.get("after")),
                "as_of": as_of,
                "overdue": False,
            }
            known["state"] = _state(said, known)
            key = _key(row)
            earlier = self.entries.get(key)
            if earlier is None or earlier["state"] == "released":
                known["before"] = _row(row.get("before"))
            if earlier and said in ("already", "blocked") and not known["until"]:
                known["until"] = earlier["until"]
            self._set(key, run_id, **known)
        for row in rows(result, "not_in_path"):
            path = {
                "target": text(row.get("address")),
                "cloud": text(row.get("cloud")),
                "scope": text(row.get("scope")),
                "reason": text(row.get("reason")),
                "state": "not_in_path",
                "as_of": as_of,
            }
            self.paths[_key(row, "address")] = Standing(self.now)._set(_key(row, "address"), run_id, **path)

    def _unblock(self, result: Mapping[str, Any], run_id: str, planned: bool) -> None:
        planned = planned or bool(result.get("planned"))
        as_of = text(result.get("finished_at")) or text(result.get("started_at"))
        for row in rows(result, "targets"):
            said = text(row.get("result"))
            if planned:
                if said in ("removed", "restored"):
                    self.plan.append(_planned("unblock", row, result))
                continue
            key = _key(row)
            common = {"result": said, "reason": text(row.get("reason")), "as_of": as_of}
            if text(row.get("firewall")):
                common["firewall"] = text(row.get("firewall"))
            if said in ("removed", "gone"):
                self._set(
                    key, run_id, **common, state="released", listed=False, token=False, after=_row(row.get("after"))
                )
            elif said == "restored":
                after = _row(row.get("after")) or {}
                until = text(after.get("expires") or after.get("until"))
                self._set(key, run_id, **common, state="released", listed=True, token=False, until=until, after=after)
            elif said == "failed" and row.get("before") and not row.get("after"):
                # Taken off, and what was there before could not be put back.
                todo = f" ({text(row.get('todo'))})" if row.get("todo") else ""
                common["reason"] += todo
                self._set(key, run_id, **common, state="failed", listed=False, token=False)
            else:
                # Still there: it counts as what it was before, and the reason says why.
                entry = self._set(key, run_id, **common)
                entry["state"] = entry["state"] or ("unknown" if said == "failed" else "in_force")

    def _status(self, result: Mapping[str, Any], run_id: str, _planned: bool) -> None:
        as_of = text(result.get("checked_at"))
        seen = set()
        for row in rows(result, "in_force"):
            key = _key(row)
            seen.add(key)
            hits = row.get("hits")
            counted = hits if isinstance(hits, int) and not isinstance(hits, bool) else None
            earlier = self.entries.get(key, {})
            enforcement = "hits_seen" if counted else earlier.get("enforcement", "unknown")
            known = {
                "firewall": text(row.get("firewall")) or None,
                "until": text(row.get("until")) or None,
                "hits": counted,
                "last_hit": text(row.get("last_hit")),
                "enforcement": enforcement,
                "listed": True,
                "token": True,
                "overdue": bool(row.get("overdue")),
                "as_of": as_of,
            }
            if row.get("expired") and text(row.get("cloud")) != "huawei":
                known.update(state="expired", reason="its time ran out")
            else:
                # A status reads no allow list: what the block saw there counts on.
                known["state"] = _where_listed(enforcement, earlier.get("shadowed_by"))
            self._set(key, run_id, **known)
        for row in rows(result, "ended"):
            seen.add(_key(row))
            self._set(
                _key(row), run_id, state="expired", listed=False, token=True, as_of=as_of, reason="its time ran out"
            )
        others = {_key(row): row for row in rows(result, "others")}
        for key, entry in self.entries.items():
            if key in seen or entry["state"] not in (*LISTED, "unread", "gone", "expired"):
                continue
            if key in others:
                entry.update(_by_another(entry, others[key]), token=False, as_of=as_of, run_id=run_id)
                entry["until_beijing"] = beijing(entry["until"])
                continue
            read = _read(result, key, bool(entry["token"]))
            if entry["state"] in ("gone", "expired") or read is None:
                continue
            if not read:
                entry.update(
                    state="unread",
                    reason=f"the list could not be read at {as_of}; before, it was listed",
                    run_id=run_id,
                )
            else:
                reason = "no longer on the list, and this case did not remove it"
                if not entry["token"]:
                    reason = f"gone since: another's entry, on the list at {entry['as_of']}, and no longer at {as_of}"
                entry.update(state="gone", listed=False, as_of=as_of, run_id=run_id, reason=reason)


def _by_another(entry: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What a status says of an address of the case that another's entry blocks."""
    until = text(other.get("until") or other.get("expires"))
    if other.get("expired") and entry["cloud"] != "huawei":
        return {"state": "expired", "listed": False, "until": until, "reason": "another's entry, its time ran out"}
    known = {
        "state": _where_listed(entry["enforcement"], entry["shadowed_by"]),
        "listed": True,
        "until": until or entry["until"],
        "overdue": bool(other.get("overdue")),
    }
    if entry["token"]:
        known["reason"] = "this case's entry is gone, another's has taken its place"
    elif entry["state"] not in LISTED:
        known["reason"] = ""
    return known


def _read(result: Mapping[str, Any], key: Key, own: bool) -> bool | None:
    """Whether a status would show the entry if it were there; None if it did not look there, False if it could not."""
    cloud, scope, target = key
    errors = [(text(row.get("cloud")), text(row.get("scope"))) for row in rows(result, "errors")]
    failed = any(at in (cloud, "") and part in (scope, "") for at, part in errors)
    whole = cloud != "huawei" and isinstance(result.get("others"), list)
    if isinstance(result.get("read"), list):
        places = [row for row in rows(result, "read") if (text(row.get("cloud")), text(row.get("scope"))) == key[:2]]
        if not places:
            return False if failed else None
        whole = any(bool(row.get("whole")) for row in places)
    elif failed or not (errors or result.get("complete", True)):
        return False
    asked = result.get("addresses")
    named = isinstance(asked, list) and target in {text(one) for one in asked}
    return True if own or whole or named else None


def _row(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _state(said: str, known: Mapping[str, Any]) -> str:
    if said in ("blocked", "already"):
        return _where_listed(known["enforcement"], known["shadowed_by"])
    if said == "refused":
        return "refused"
    # A renewal that failed leaves the entry that is there.
    if said == "failed":
        return _where_listed("", known["shadowed_by"]) if known["listed"] and known["token"] else "failed"
    return "unknown"


def _where_listed(enforcement: Any, shadowed_by: Any) -> str:
    """The state of what is on the list."""
    if enforcement == "not_in_path":
        return "not_in_path"
    return "shadowed" if shadowed_by else "in_force"


def _texts(value: Any) -> list[str]:
    return [text(one) for one in value] if isinstance(value, list) else []


def _key(row: Mapping[str, Any], name: str = "target") -> Key:
    return text(row.get("cloud")), text(row.get("scope")), text(row.get(name))


def _planned(action: str, row: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    until = text(row.get("until") or result.get("until")) if action == "block" else ""
    return {
        "action": action,
        "target": text(row.get("target")),
        "cloud": text(row.get("cloud")),
        "scope": text(row.get("scope")),
        "firewall": text(row.get("firewall")),
        "until": until,
        "until_beijing": beijing(until),
        "reason": text(row.get("reason")),
    }


def _moments(results: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """The steps that say where targets stand, in the order in which they happened."""
    last = ""
    for order, step in enumerate(("guard", "block", "unblock", "status")):
        result = results.get(step)
        if result:
            # A step without a time comes right behind the one before it.
            last = text(result.get("finished_at") or result.get("checked_at")) or last
            yield last, order, step


def until_permanent(entry: Mapping[str, Any]) -> bool:
    return text(entry.get("until")) == PERMANENT


def stand(runs: Sequence[Mapping[str, Any]], now: datetime) -> Standing:
    standing = Standing(now)
    for run in runs:
        standing.add(run)
    standing.finish()
    return standing
