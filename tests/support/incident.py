# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E501 - one row in one line reads like the table that it is

"""A sample incident in the shapes that the roles return: three attackers at two clouds, some minutes, two runs."""

from __future__ import annotations

from typing import Any

CASE = "INC-2041"
FIRST, SECOND, THIRD = "203.0.113.7", "198.51.100.23", "2001:db8:51::9"
OUTSIDE = "203.0.113.200"
EDGE, CORE = "ebf891cd-2163-48a0-9963-6309f99dd3c4", "0c7f51a4-8c1f-4a7e-9d59-5f6cbb0f0a11"
PROJECT = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
UNTIL = "2026-11-22T21:04:40Z"


def event(
    at: str, step: str, result: str, target: str = "", detail: str = "", cloud: str = "", request_id: str = ""
) -> dict[str, Any]:
    return {
        "at": f"2026-11-21T{at}Z", "step": step, "target": target, "result": result, "detail": detail,
        "request_id": request_id, "cloud": cloud,
    }  # fmt: skip


def guard() -> dict[str, Any]:
    return {
        "case_id": CASE,
        "ok": True,
        "checked_at": "2026-11-21T21:01:12Z",
        "targets": [FIRST, SECOND, THIRD, OUTSIDE],
        "folded": [{"given": "203.0.113.7/32", "target": FIRST}],
        "refused": [],
        "warnings": [],
        "overrides": [
            {
                "target": OUTSIDE,
                "because": "in the allow list entry 203.0.113.192/26 (partners.yml)",
                "reason": "partner's host is taken over, agreed with their on-call",
            }
        ],
        "acknowledged": [{"target": SECOND, "because": "carrier egress (sensitive: isp-nat)"}],
        "protection": {"entries": 412, "sources": {"/etc/secops/protected.txt": 409, "SECOPS_CFW_PROTECTED": 3}},
        "waiver": "",
        "online": {"checked": True, "skipped_because": "", "own_addresses": 37},
        "quota": [
            {
                "cloud": "tencent",
                "scope": "",
                "total": 1000,
                "used": 341,
                "left": 659,
                "needed": 4,
                "not_fitting": [],
                "unread": "",
            },
            {
                "cloud": "huawei",
                "scope": EDGE,
                "total": 2000,
                "used": 87,
                "left": 1913,
                "needed": 4,
                "not_fitting": [],
                "unread": "",
            },
        ],
        "timeline": [event("21:01:12", "guard", "passed", detail="4 targets, 412 protected entries, 37 own addresses")],
    }


def snapshot() -> dict[str, Any]:
    return {
        "taken_at": "2026-11-21T21:01:15Z",
        "tencent": {
            "rules": [
                {"target": SECOND, "action": "block", "comment": "abuse report 77, until Dec"},
                {"target": "192.0.2.44", "action": "block", "comment": "older"},
            ],
            "alerts": [{"event_id": f"event-{number}", "src_ip": FIRST} for number in range(14)],
        },
        "huawei": [{"fw_instance_id": EDGE, "entries": []}, {"fw_instance_id": CORE, "entries": []}],
        "errors": [],
        "timeline": [
            event(
                "21:01:15",
                "snapshot",
                "saved",
                detail="2 rules and 14 alerts at Tencent, 0 entries at 2 Huawei firewalls",
            )
        ],
    }


def hunt() -> dict[str, Any]:
    return {
        "checked_at": "2026-11-21T21:01:20Z",
        "touched": [{"attacker": FIRST, "address": "198.51.100.80", "firewall": "edge-1", "events": 212}],
        "timeline": [
            event("21:01:20", "hunt", "ok", FIRST, "touched 198.51.100.80 behind edge-1, 212 events", "huawei")
        ],
    }


def capture() -> dict[str, Any]:
    return {
        "case_id": CASE,
        "planned": False,
        "started_at": "2026-11-21T21:01:22Z",
        "finished_at": "2026-11-21T21:06:31Z",
        "pair": {"source": FIRST, "destination": "198.51.100.80", "why": "most alerts of the last hour"},
        "others": [SECOND, THIRD, OUTSIDE],
        "directory": "/srv/evidence/INC-2041",
        "captures": [
            {
                "fw_instance_id": EDGE, "firewall": "edge-1", "region": "cn-north-4", "name": "INC-2041-a", "task_id": "9c2f", "status": "finished",
                "label": "pre_block", "started_at": "2026-11-21T21:01:23Z", "seen_running_at": "2026-11-21T21:01:27Z",
                "ended_at": "2026-11-21T21:05:41Z", "evidence": "complete", "result": "started", "reason": "", "remaining_days": 7,
                "delete_on": "2026-11-28", "request_ids": ["4f1c0b8e5f0f4d6aa3c8"],
            },
            {
                "fw_instance_id": CORE, "firewall": "core-2", "region": "cn-north-4", "name": "INC-2041-a", "task_id": "", "status": "",
                "label": "pre_block", "started_at": "", "seen_running_at": "", "ended_at": "", "evidence": "none", "result": "busy",
                "reason": "the capture 'weekly baseline' holds the firewall's only slot", "remaining_days": None, "delete_on": None, "request_ids": [],
            },
        ],
        "files": [
            {"path": "/srv/evidence/INC-2041/edge-1/INC-2041-a.pcap", "name": "edge-1/INC-2041-a.pcap", "kind": "capture", "fw_instance_id": EDGE,
             "size": 2_097_152, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "label": "pre_block"},
            {"path": "/srv/evidence/INC-2041/edge-1/attack.json", "name": "edge-1/attack.json", "kind": "attack_log", "fw_instance_id": EDGE,
             "size": 48_211, "sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752", "label": ""},
        ],
        "manifest": "/srv/evidence/INC-2041/manifest.json",
        "clock_difference": 0.4,
        "stored": [],
        "errors": [{"scope": CORE, "message": "The firewall core-2 is busy with another capture."}],
        "timeline": [
            event("21:01:27", "capture", "ok", FIRST, "INC-2041-a seen running at edge-1", "huawei", "4f1c0b8e5f0f4d6aa3c8"),
            event("21:01:28", "capture", "busy", "", "core-2: the capture 'weekly baseline' holds the slot", "huawei"),
            event("21:05:41", "capture", "complete", FIRST, "INC-2041-a ended, 2 MB", "huawei"),
            event("21:06:30", "collect", "saved", "", "2 files, manifest written"),
        ],
    }  # fmt: skip


def block_row(target: str, cloud: str, result: str = "blocked", **more: Any) -> dict[str, Any]:
    good = result in ("blocked", "already")
    row = {
        "target": target, "cloud": cloud, "scope": "" if cloud == "tencent" else EDGE, "firewall": "" if cloud == "tencent" else "edge-1",
        "result": result, "changed": result == "blocked", "listed": good, "enforcement": "no_hits_yet" if good else "unknown",
        "until": UNTIL if good else "", "token": result == "blocked", "before": None, "after": {"target": target} if good else None,
        "row_id": "", "reason": "",
    }  # fmt: skip
    return {**row, **more}


def block() -> dict[str, Any]:
    permitted = "it is on the allow list (entry 203.0.113.192/26); set replace_opposite to remove it there first"
    return {
        "case_id": CASE,
        "planned": False,
        "direction": "inbound",
        "duration": "24h",
        "until": UNTIL,
        "started_at": "2026-11-21T21:02:28Z",
        "finished_at": "2026-11-21T21:02:41Z",
        "targets": [
            block_row(FIRST, "tencent", enforcement="hits_seen", row_id="81231"),
            block_row(SECOND, "tencent", "already", until="2026-12-01T15:59:59Z", row_id="77210"),
            block_row(THIRD, "tencent", row_id="81232"),
            block_row(OUTSIDE, "tencent", "refused", reason=permitted),
            block_row(FIRST, "huawei", row_id="e-1"),
            block_row(SECOND, "huawei", row_id="e-2"),
            block_row(THIRD, "huawei", "failed", reason="the firewall has no IPv6 (CFW.00400006)"),
            block_row(OUTSIDE, "huawei", row_id="e-4"),
        ],
        "not_in_path": [
            {"cloud": "huawei", "scope": EDGE, "address": "198.51.100.81", "reason": "this public address is not protected by edge-1"}
        ],
        "errors": [
            {"cloud": "huawei", "scope": CORE, "code": "APIGW.0301",
             "message": "The list of core-2 could not be read: Incorrect IAM authentication information.",
             "hint": "check the key's permission cfw:blackWhite:list"}
        ],
        "accounts": {"tencent": "1250000000", "huawei": [{"project_id": PROJECT, "fw_instance_id": EDGE, "region": "cn-north-4"}]},
        "request_ids": [
            {"cloud": "tencent", "call": "CreateAlertCenterRule", "request_id": "6c1c0c3e-9a54-4d8b-8a37-2f6f8a2c11d0"},
            {"cloud": "huawei", "call": "AddBlackWhiteList", "request_id": "a41f3b7e0d9c4c2b"},
        ],
        "clock": {"tencent": -1.6, "huawei": 0.4},
        "timeline": [
            event("21:02:29", "block", "blocked", FIRST, "until 2026-11-22 21:04:40 UTC", "tencent", "6c1c0c3e-9a54-4d8b-8a37-2f6f8a2c11d0"),
            event("21:02:30", "block", "already", SECOND, "blocked by an entry of somebody else until 2026-12-01", "tencent"),
            event("21:02:31", "block", "blocked", THIRD, "", "tencent"),
            event("21:02:31", "block", "refused", OUTSIDE, permitted, "tencent"),
            event("21:02:38", "block", "blocked", FIRST, "", "huawei", "a41f3b7e0d9c4c2b"),
            event("21:02:38", "block", "blocked", SECOND, "", "huawei"),
            event("21:02:39", "block", "failed", THIRD, "the firewall has no IPv6 (CFW.00400006)", "huawei"),
            event("21:02:40", "block", "blocked", OUTSIDE, "", "huawei"),
        ],
    }  # fmt: skip


def inputs(**more: Any) -> dict[str, Any]:
    """What the role hands to the filters for the whole incident in one run."""
    given = {
        "case_id": CASE,
        "run_id": "20261121T210110Z-job4711",
        "now": "2026-11-21T21:06:40Z",
        "complete": True,
        "planned": False,
        "stage": "short-term containment",
        "failure": "2 of 8 blocks did not come out as asked: 2001:db8:51::9 failed at edge-1, 203.0.113.200 refused at Tencent",
        "operator": "mwang",
        "approval": "",
        "awx": {
            "job_id": 4711, "job_template_name": "Respond to an alert", "launch_type": "workflow", "workflow_job_id": 4709,
            "workflow_job_name": "Alert to containment",
        },
        "versions": {"ansible_core": "2.19.14"},
        "variables": {"cfw_protected_file": "/etc/secops/protected.txt"},
        "results": {"guard": guard(), "snapshot": snapshot(), "hunt": hunt(), "capture": capture(), "block": block()},
    }  # fmt: skip
    return {**given, **more}


PLACES = {
    "directory": "/srv/incidents/INC-2041",
    "json": "/srv/incidents/INC-2041/report.json",
    "markdown": "/srv/incidents/INC-2041/report.md",
    "html": "/srv/incidents/INC-2041/report.html",
}
