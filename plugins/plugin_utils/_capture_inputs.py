# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role capture was asked for: checked before any request, and brought into one plain dictionary.

Numbers and truth values may be text, as surveys and extra variables give them; empty text counts as not given.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import parse_network, shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._evidence import checked_directory
from ansible_collections.secops.cfw.plugins.module_utils._huawei.captures import MAX_PACKETS, PROTOCOLS
from ansible_collections.secops.cfw.plugins.module_utils._huawei.fields import LONGEST_LOG_LIST
from ansible_collections.secops.cfw.plugins.module_utils._moments import parse_moment
from ansible_collections.secops.cfw.plugins.plugin_utils._evidence_manifest import (
    Evidence,
    moment,
    read_evidence,
    seconds_of,
)
from ansible_collections.secops.cfw.plugins.plugin_utils._firewalls import read_firewalls
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import parse_targets
from ansible_collections.secops.cfw.plugins.plugin_utils._token import CASE, token

LOG_TYPES = ("attack", "access_control", "flow")
LABELS = ("pre_block", "post_block")
PURPOSES = ("capture", "start", "collect", "logs", "verify")
STORE_KEYS = ("type", "bucket", "prefix", "endpoint_url", "region", "encrypt")
GRACE = 120
"""Seconds that a capture may take beyond its duration, as the module that waits for one grants it."""

_FIREWALL = re.compile(r"[0-9A-Za-z_-]{1,64}")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_PREFIX = re.compile(r"[A-Za-z0-9._/=-]{0,200}")
_ENDPOINT = re.compile(r"https://[^\s/@]+/?|http://(localhost|127\.0\.0\.\d+|\[::1\])(:\d+)?/?")
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_ENDS = {"stop": "stop", "end": "end", **dict.fromkeys(_YES, "end"), **dict.fromkeys(_NO, "none")}


@dataclass(frozen=True)
class Surroundings:
    """What is not said by variables: where and as whom the controller runs."""

    now: float
    environ: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "/"
    user: str = ""
    host: str = ""
    has_s3: bool = True
    """Whether the collection amazon.aws is installed."""


def read_wanted(options: Mapping[str, Any], purpose: str, around: Surroundings) -> dict[str, Any]:
    """The inputs as the other steps use them. Reads what an earlier run left in the directory; writes nothing.

    Raises InputError, in one sentence, for what can't be right, and for a place that can't keep evidence.
    """
    if purpose not in PURPOSES:
        raise InputError(f"the purpose {shown(purpose)} is unknown; give one of {', '.join(PURPOSES)}")
    case_id = _case(options)
    directory = _directory(options, case_id, around)
    if purpose == "verify":
        return {"case_id": case_id, "directory": directory}
    firewalls = read_firewalls(options.get("firewalls"), "capture_firewalls")
    if not firewalls:
        raise InputError("capture_firewalls is empty; give the ids of the firewalls to capture at")
    for firewall in firewalls:
        if not _FIREWALL.fullmatch(firewall["fw_instance_id"]):
            raise InputError(
                f"capture_firewalls: {shown(firewall['fw_instance_id'])} is no id of a firewall; "
                "give one such as ebf891cd-2163-48a0-9963-6309f99dd3c4"
            )
    attackers = [target.text for target in parse_targets(options.get("targets"), "capture_targets")]
    if not attackers:
        raise InputError("capture_targets is empty; give the attackers' addresses")
    victims = [target.text for target in parse_targets(options.get("victims"), "capture_victims")]
    pair = _pair(options.get("pair"))
    evidence = read_evidence(directory, case_id)
    event, ahead = _event(options, evidence, around.now)
    margin = _number(options, "log_margin", 30, 1, 1440) * 60
    log_ips = [text for text in attackers if "/" not in text]
    return {
        "case_id": case_id,
        "purpose": purpose,
        "check": bool(options.get("check")),
        "started_at": moment(around.now),
        "attackers": attackers,
        "victims": victims,
        "pair": pair,
        "firewalls": [
            {
                **firewall,
                "title": firewall.get("name") or firewall["fw_instance_id"],
                "connection": _connection(firewall),
            }
            for firewall in firewalls
        ],
        "protocol": _choice(options, "protocol", "any", tuple(PROTOCOLS)),
        "duration": _number(options, "duration", 10, 1, 1440),
        "max_packets": _number(options, "max_packets", 100000, 1, MAX_PACKETS),
        "label": _choice(options, "label", LABELS[0], LABELS),
        "deadline": _number(options, "deadline", 60, 0, 3600),
        "wait": _end(options.get("wait")),
        "stop_after": _number(options, "stop_after", 60, 0, 86400),
        "when_busy": _choice(options, "when_busy", "report", ("report", "wait")),
        "busy_timeout": _number(options, "busy_timeout", 600, 0, 86400),
        "interval": _number(options, "interval", 5, 0, 60),
        "again": _flag(options, "again", False),
        "required": _flag(options, "required", True),
        "event_time": moment(event),
        "errors": [{"scope": "event_time", "message": ahead}] if ahead else [],
        "log_start": int(event - margin),
        "log_end": int(event + margin),
        "log_limit": _number(options, "log_limit", 10000, 1, LONGEST_LOG_LIST),
        "log_ips": log_ips,
        "log_reads": [
            {
                "fw_instance_id": firewall["fw_instance_id"],
                "title": firewall.get("name") or firewall["fw_instance_id"],
                "connection": _connection(firewall),
                "type": kind,
            }
            for firewall in (firewalls if log_ips else ())
            for kind in LOG_TYPES
        ],
        # Whose entries on the block lists say that the block has been made.
        "log_token": token(case_id),
        "log_prefixes": [text for text in attackers if "/" in text],
        "directory": directory,
        "store": _store(options.get("store"), case_id, _job(options, around), around),
        "evidence": evidence.as_dict(),
        "who": _who(options, around),
    }


def _connection(firewall: Mapping[str, str]) -> dict[str, str]:
    """Where the firewall is, as options of the modules."""
    return {key: firewall[key] for key in ("region", "project_id", "enterprise_project_id") if key in firewall}


def _given(options: Mapping[str, Any], name: str) -> str:
    """The option as text; empty if it was not given."""
    value = options.get(name)
    return "" if value is None else str(value).strip()


def _case(options: Mapping[str, Any]) -> str:
    case_id = _given(options, "case_id")
    # It names a directory.
    if not CASE.fullmatch(case_id):
        raise InputError(
            f"capture_case_id is {shown(case_id)}; give 1 to 24 letters, digits, dots, underscores and hyphens, "
            "such as INC-2041"
        )
    return case_id


def vanishes(options: Mapping[str, Any], around: Surroundings) -> str:
    """What says that this machine's disk is gone with the job; empty if nothing does."""
    if _given(options, "job_id"):
        return f"this is AWX job {_given(options, 'job_id')}"
    if around.environ.get("JOB_ID"):
        if around.environ.get("AWX_PRIVATE_DATA_DIR"):
            return "JOB_ID and AWX_PRIVATE_DATA_DIR are in the environment"
        if around.cwd == "/runner" or around.cwd.startswith("/runner/"):
            return f"JOB_ID is in the environment and the working directory is {around.cwd}"
    return ""


def _directory(options: Mapping[str, Any], case_id: str, around: Surroundings) -> str:
    why = vanishes(options, around)
    if why and not _flag(options, "dir_is_durable", False) and not options.get("store"):
        raise InputError(
            f"{why}, and what is written to its disk is gone when the job ends: set capture_store to keep evidence in "
            "an object store, or set capture_dir to a mounted volume and capture_dir_is_durable to true"
        )
    base = _given(options, "dir") or around.environ.get("SECOPS_CFW_REPORT_DIR", "").strip() or "cfw-incidents"
    path = os.path.join(around.cwd, os.path.expanduser(base), case_id, "evidence")
    try:
        return checked_directory(path)
    except ValueError as error:
        raise InputError(f"capture_dir: {error}; give a directory that exists or can be made") from None


def _pair(value: Any) -> dict[str, str] | None:
    if not value:
        return None
    if not isinstance(value, Mapping):
        raise InputError(f"capture_pair is {shown(str(value))}; give a dictionary with source and destination")
    unknown = [str(key) for key in value if key not in ("source", "destination")]
    if unknown:
        raise InputError(f"capture_pair has {shown(unknown[0])}; give source and destination, and nothing else")
    ends = {key: str(value.get(key) or "").strip() for key in ("source", "destination")}
    if not any(ends.values()):
        return None
    networks = {key: parse_network(text, f"capture_pair.{key}") for key, text in ends.items()}
    if networks["source"].version != networks["destination"].version:
        raise InputError("capture_pair has an IPv4 and an IPv6 address; give two of one family")
    return {key: network.text for key, network in networks.items()}


def _event(options: Mapping[str, Any], evidence: Evidence, now: float) -> tuple[float, str]:
    """When it happened: as given, else as an earlier run of the case recorded it, else now; and what is wrong with that.

    What sends alerts has a clock of its own: a time ahead of this one counts as now, and keeps nothing from being done.
    """
    given = _given(options, "event_time")
    name = "event_time"
    if not given:
        recorded = seconds_of(evidence.manifest.get("event_time"))
        name, given = "event_time_unknown", _given(options, "event_time_unknown")
        if recorded or not given:
            return recorded or now, ""
    event = parse_moment(given, f"capture_{name}", now)
    if event > now:
        return now, f"{shown(given)} is later than now by the clock of this machine, and counts as now, {moment(now)}"
    return event, ""


def _number(options: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    text = _given(options, name)
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,12}(\.0+)?", text) or not least <= int(float(text)) <= most:
        raise InputError(f"capture_{name} is {shown(text)}; give a whole number from {least} to {most}")
    return int(float(text))


def _flag(options: Mapping[str, Any], name: str, default: bool) -> bool:
    text = _given(options, name).lower()
    if not text:
        return default
    if text not in (*_YES, *_NO):
        raise InputError(f"capture_{name} is {shown(text)}; give true or false")
    return text in _YES


def _choice(options: Mapping[str, Any], name: str, default: str, choices: Sequence[str]) -> str:
    text = _given(options, name) or default
    if text not in choices:
        raise InputError(f"capture_{name} is {shown(text)}; give one of {', '.join(choices)}")
    return text


def _end(value: Any) -> str:
    """How a capture is brought to its end: `end` waits for it, `stop` stops it, `none` takes what has ended."""
    text = "" if value is None else str(value).strip().lower()
    if text and text not in _ENDS:
        raise InputError(f"capture_wait is {shown(text)}; give true, false or stop")
    return _ENDS[text or "true"]


def _job(options: Mapping[str, Any], around: Surroundings) -> str:
    """The job whose disk, with all that it knows of the case, is gone with it; empty if the disk stays.

    Its files have a folder of their own in the object store: it can't know how those of other jobs are named.
    """
    if not vanishes(options, around) or _flag(options, "dir_is_durable", False):
        return ""
    number = _given(options, "job_id") or around.environ.get("JOB_ID", "")
    return "job" + re.sub("[^A-Za-z0-9_-]", "_", number)


def _store(value: Any, case_id: str, job: str, around: Surroundings) -> dict[str, Any]:
    if not value:
        return {}
    if not isinstance(value, Mapping):
        raise InputError(f"capture_store is {shown(str(value))}; give a dictionary with type and bucket")
    unknown = [str(key) for key in value if key not in STORE_KEYS]
    if unknown:
        raise InputError(
            f"capture_store has {shown(unknown[0])}; it takes {', '.join(STORE_KEYS)}, "
            "and keys come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)"
        )
    store = {key: str(value.get(key) or "").strip() for key in STORE_KEYS[:-1]}
    if (store["type"] or "s3") != "s3":
        raise InputError(f"capture_store.type is {shown(store['type'])}; give s3")
    if not _BUCKET.fullmatch(store["bucket"]):
        raise InputError(f"capture_store.bucket is {shown(store['bucket'])}; give the name of a bucket")
    prefix = store["prefix"].strip("/")
    if not _PREFIX.fullmatch(prefix) or ".." in prefix.split("/"):
        raise InputError(f"capture_store.prefix is {shown(prefix)}; give a path such as evidence/cfw")
    if store["endpoint_url"] and not _ENDPOINT.fullmatch(store["endpoint_url"]):
        raise InputError(
            f"capture_store.endpoint_url is {shown(store['endpoint_url'])}; "
            "give one such as https://obs.cn-north-4.myhuaweicloud.com"
        )
    if not around.has_s3:
        raise InputError(
            "capture_store needs the collection amazon.aws, which is not installed: "
            "run ansible-galaxy collection install amazon.aws, and install boto3"
        )
    encrypt = {} if value.get("encrypt") in (None, "") else {"encrypt": _flag(value, "encrypt", True)}
    connection = {key: store[key] for key in ("endpoint_url", "region") if store[key]}
    return {
        "bucket": store["bucket"],
        "prefix": "/".join(part for part in (prefix, case_id, job) if part),
        "connection": {**connection, **encrypt},
    }


def _who(options: Mapping[str, Any], around: Surroundings) -> dict[str, str]:
    return {
        "by": _given(options, "user_name") or around.user,
        "os_user": around.user,
        "host": around.host,
        "awx_job_id": _given(options, "job_id"),
        "awx_workflow_job_id": _given(options, "workflow_job_id"),
    }
