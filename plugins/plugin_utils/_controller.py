# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role controller makes in an AWX: everything with its name and content, before the first request."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.secops.cfw.plugins.module_utils._addresses import shown
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._rows import CLOUDS, HUAWEI, TENCENT, clouds, flag
from ansible_collections.secops.cfw.plugins.plugin_utils._targets import split_items

_NEEDED = {
    "image": "give the execution environment's image, such as registry.example.com/cfw-ee:latest",
    "scm_url": "give the address of the git repository that holds the project",
}
_SCHEDULE = "DTSTART:20260101T000000Z RRULE:FREQ=MINUTELY;INTERVAL={minutes}"
_LONGEST = 1440
_DRY_RUN = "check"
_NAMES = {TENCENT: "Tencent Cloud", HUAWEI: "Huawei Cloud"}
_WORKFLOW, _WORKFLOW_WITHOUT_CAPTURE = "capture and block", "approve and block"
# What a workflow without a capture has no use for. Alerts that start it may say a time.
_OF_CAPTURE = ("capture_duration", "firewalls")

Settings = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]


def has_awx() -> bool:
    """Whether the collection is there whose modules do the work."""
    try:
        return importlib.util.find_spec("ansible_collections.awx.awx") is not None
    except ImportError:
        return False


def _holds_login(url: str) -> bool:
    """Whether an address of a repository has a password or a token in it; ssh needs the name of a user, and shows none."""
    scheme, sign, rest = url.partition("://")
    place = (rest if sign else url).partition("/")[0]
    user, at, _host = place.rpartition("@")
    return bool(at) and (":" in user or (bool(sign) and "ssh" not in scheme.lower()))


def plan(
    settings: Settings, data: Mapping[str, Any], *, remove: bool = False, awx: bool | None = None
) -> dict[str, Any]:
    """Everything to make, or with `remove` what there may be to remove.

    `settings` are the role's variables without their prefix, `data` its credential types, job templates and questions.
    No secret is in the result, whatever `settings` hold. Raises InputError, which names everything that is wrong.
    """
    if not (has_awx() if awx is None else awx):
        raise InputError(
            "The role controller needs the collection awx.awx, which is not installed: "
            "run ansible-galaxy collection install awx.awx"
        )
    made = _Plan(settings, data, remove)
    if made.wrong:
        raise InputError("; ".join(made.wrong))
    return made.as_dict()


class _Plan:
    def __init__(self, settings: Settings, data: Mapping[str, Any], remove: bool) -> None:
        self._settings = settings
        self._data = data
        self._removes = remove
        self.wrong: list[str] = []
        self._prefix = self._text("prefix") + " "
        # What was made for a cloud that is no longer named goes as well.
        self._clouds = list(CLOUDS) if remove else self._read_clouds()
        if not self._prefix.strip():
            self.wrong.append("controller_prefix is empty; give a word with which no other names in this AWX begin")
        if not self._text("organization"):
            self.wrong.append("controller_organization is empty; give the name of an organisation")
        self._types = [row for row in data["credential_types"] if row["cloud"] in self._clouds]
        self._templates = [row for row in data["job_templates"] if set(row["clouds"]) & set(self._clouds)]
        self._fixed = self._fixed_variables()
        self._minutes = self._number("expired_minutes", 0)
        self._timeout = self._number("approval_timeout", 1)
        self._hook = [self._name("hook")] if self._flag("hook") else []
        self._reads_firewalls = self._flag("inventory_source") and HUAWEI in self._clouds
        if not remove:
            self._check()

    # What the user said

    def _text(self, name: str) -> str:
        value = self._settings.get(name)
        return "" if value is None else str(value).strip()

    def _flag(self, name: str) -> bool:
        try:
            return flag(self._settings.get(name), f"controller_{name}", False)
        except InputError as error:
            self.wrong.append(error.message)
            return False

    def _number(self, name: str, least: int) -> int:
        text = self._text(name)
        if (
            text.isascii()
            and text.isdigit()
            and least <= int(text[:9]) <= (_LONGEST if name == "expired_minutes" else 10**8)
        ):
            return int(text)
        self.wrong.append(f"controller_{name} is {shown(text)}; give a whole number of {least} or more")
        return least

    def _read_clouds(self) -> list[str]:
        try:
            return clouds(self._settings.get("clouds"), "controller_clouds")
        except InputError as error:
            self.wrong.append(error.message)
            return list(CLOUDS)

    def _mapping(self, name: str) -> dict[str, Any]:
        value = self._settings.get(name)
        if value and not isinstance(value, Mapping):
            self.wrong.append(f"controller_{name} is {shown(type(value).__name__)}; give a dictionary")
            return {}
        return dict(value or {})

    def _fixed_variables(self) -> dict[str, Any]:
        """The variables that every template gives its playbook, which nobody is asked for."""
        fixed = self._mapping("extra_vars")
        for name in fixed:
            if not name.startswith("cfw_"):
                self.wrong.append(
                    f"controller_extra_vars has {shown(name)}; the playbooks take variables that begin with cfw_"
                )
            elif name in ("cfw_case_id", "cfw_targets"):
                self.wrong.append(f"controller_extra_vars has {name}, which is of one incident; leave it to the survey")
        directory, store = self._text("dir"), self._mapping("store")
        if directory:
            fixed.update(cfw_dir=directory, cfw_dir_is_durable=True)
        if store:
            fixed["cfw_store"] = store
        if len(self._clouds) == 1:
            fixed["cfw_clouds"] = self._clouds
            # The guard asks both clouds for the own addresses, unless told why not.
            fixed.setdefault("cfw_own_clouds", self._clouds)
            if "cfw_online" not in fixed:
                (other,) = (cloud for cloud in CLOUDS if cloud not in self._clouds)
                fixed.setdefault("cfw_online_skip_reason", f"{_NAMES[other]} is not in use")
        return fixed

    def _check(self) -> None:
        for name, what in _NEEDED.items():
            if not self._text(name):
                self.wrong.append(f"controller_{name} is missing; {what}")
        if _holds_login(self._text("scm_url")):
            self.wrong.append(
                "controller_scm_url holds a user or a password, which AWX and Ansible would show; "
                "give the address without it, and the name of a credential in controller_scm_credential"
            )
        if not ("cfw_store" in self._fixed or self._fixed.get("cfw_dir")):
            self.wrong.append(
                "controller_dir and controller_store are empty, and what is written to the disk of a job is gone when it ends; "
                "give the path of a volume that is mounted in the execution environment, or an object store"
            )
        known = {
            row["key"]: [field["id"] for field in row["inputs"]["fields"]] for row in self._data["credential_types"]
        }
        for key, inputs in self._mapping("credentials").items():
            if key not in known:
                self.wrong.append(f"controller_credentials has {shown(key)}; it takes {', '.join(known)}")
            elif not isinstance(inputs, Mapping):
                self.wrong.append(f"controller_credentials.{key} is no dictionary; it takes {', '.join(known[key])}")
            else:
                unknown = sorted(str(name) for name in inputs if name not in known[key])
                if unknown:
                    self.wrong.append(
                        f"controller_credentials.{key} has {shown(unknown[0])}; it takes {', '.join(known[key])}"
                    )
        keys = [row["key"] for row in self._data["job_templates"]]
        for key in self._on_call():
            if key not in keys:
                self.wrong.append(f"controller_on_call_templates has {shown(str(key))}; it takes {', '.join(keys)}")

    def _on_call(self) -> list[Any]:
        return split_items(self._settings.get("on_call_templates"))

    # What comes of it

    def _name(self, name: str) -> str:
        return self._prefix + name

    def _survey(self, keys: Iterable[str]) -> dict[str, Any]:
        """A survey as AWX stores it. What is said for all templates is not asked."""
        questions = [self._data["questions"][key] for key in keys]
        return {"name": "", "description": "", "spec": [row for row in questions if row["variable"] not in self._fixed]}

    def _job_template(self, row: Mapping[str, Any]) -> dict[str, Any]:
        wanted = {one["key"]: self._name(one["name"]) for one in self._types}
        credentials = [wanted[key] for key in row["credentials"] if key in wanted]
        # Its keys may write, so that only those get it that have evidence to store.
        if row.get("stores", False) and "cfw_store" in self._fixed and self._text("store_credential"):
            credentials.append(self._text("store_credential"))
        job_type = row.get("job_type", "run")
        return {
            "key": row["key"],
            "name": self._name(row["name"]),
            "description": row["description"],
            "playbook": row["playbook"],
            "job_type": job_type,
            # A dry run is a job type of AWX; what is one already stays one.
            "ask_job_type_on_launch": job_type != _DRY_RUN,
            "allow_simultaneous": not row.get("alone", False),
            "credentials": credentials,
            "extra_vars": self._fixed,
            "survey_spec": self._survey(row["questions"]),
            "error": self._hook,
            "success": self._hook if row.get("tells", False) else [],
        }

    def _workflow(self, made: Mapping[str, str]) -> dict[str, Any]:
        """Capture, whatever comes of it, if there is one; ask somebody; block only what was approved."""
        captures = HUAWEI in self._clouds
        organization = {"name": self._text("organization")}

        def job(key: str) -> dict[str, Any]:
            return {"name": made[key], "type": "job_template", "organization": organization}

        approval = {
            "name": self._name("approve the block"),
            "description": ("The capture of the case is in the job before this one. " if captures else "")
            + "Denied or too late, nothing is blocked.",
            "type": "workflow_approval",
            "timeout": self._timeout,
        }
        before = (
            [
                {
                    "identifier": "capture",
                    "unified_job_template": job("capture"),
                    "related": {"always_nodes": [{"identifier": "approval"}]},
                }
            ]
            if captures
            else []
        )
        questions = self._data["workflow_questions"]
        return {
            "name": self._name(_WORKFLOW if captures else _WORKFLOW_WITHOUT_CAPTURE),
            "description": ("Capture, ask for approval, block." if captures else "Ask for approval, block.")
            + " Nothing is blocked without it.",
            "survey_spec": self._survey(key for key in questions if captures or key not in _OF_CAPTURE),
            "hook": self._hook,
            "nodes": [
                *before,
                {
                    "identifier": "approval",
                    "unified_job_template": approval,
                    "related": {"success_nodes": [{"identifier": "block"}]},
                },
                {"identifier": "block", "unified_job_template": job("block")},
            ],
        }

    def _unscheduled(self, made: Mapping[str, str]) -> str:
        """Why there is no schedule although one was asked for; nobody answers what a schedule's job asks."""
        if not self._minutes or "unblock_expired" not in made:
            return ""
        if self._reads_firewalls or self._fixed.get("cfw_firewalls"):
            return ""
        return (
            "There is no schedule that lifts what is overdue at Huawei Cloud, as its jobs would know no firewall: "
            "set controller_inventory_source, or put cfw_firewalls into controller_extra_vars"
        )

    def _schedule(self, made: Mapping[str, str]) -> dict[str, Any]:
        if "unblock_expired" not in made:
            return {}
        wanted = self._minutes and not self._unscheduled(made)
        return {
            "name": self._name("lift what is overdue"),
            "template": made["unblock_expired"],
            "rrule": _SCHEDULE.format(minutes=self._minutes) if wanted else "",
            # One of an earlier run is taken away.
            "state": "present" if wanted else "absent",
        }

    def as_dict(self) -> dict[str, Any]:
        templates = [self._job_template(row) for row in self._templates]
        made = {row["key"]: row["name"] for row in templates}
        workflow = self._workflow(made)
        workflows = [workflow["name"]]
        if self._removes:
            workflows.append(self._name(_WORKFLOW_WITHOUT_CAPTURE))
        on_call, approvers = (self._name(self._text(name)) for name in ("on_call_team", "approver_team"))
        names = {
            name: self._name(name) for name in ("execution environment", "project", "inventory", "hook", "firewalls")
        }
        types = [
            {
                **{key: row[key] for key in ("key", "description", "inputs", "injectors")},
                "name": self._name(row["name"]),
            }
            for row in self._types
        ]
        theirs = [name for key, name in made.items() if key in self._on_call()]
        rows: tuple[tuple[str, str, list[str], list[str]], ...] = (
            (on_call, "execute", theirs, workflows),
            (on_call, "read", [name for name in made.values() if name not in theirs], []),
            (approvers, "execute", list(made.values()), workflows),
            (approvers, "approval", [], workflows),
        )
        grants = [
            {"team": team, "role": role, "job_templates": jobs, "workflows": flows}
            for team, role, jobs, flows in rows
            if jobs or flows
        ]
        return {
            "organization": self._text("organization"),
            "prefix": self._prefix,
            "credential_types": types,
            "credentials": [{"key": row["key"], "name": row["name"]} for row in types],
            "execution_environment": names["execution environment"],
            "project": names["project"],
            "inventory": names["inventory"],
            # AWX reads the firewalls with keys that only read.
            "inventory_source": {"name": names["firewalls"], "credential": self._name(self._read_key())}
            if self._reads_firewalls
            else {},
            "hook": names["hook"],
            "job_templates": templates,
            "schedule": self._schedule(made),
            "unscheduled": self._unscheduled(made),
            "workflow": workflow,
            "teams": [
                {"name": on_call, "description": "Starts what answers an incident"},
                {"name": approvers, "description": "Approves blocks, and may start everything"},
            ],
            "grants": grants,
            "needed": {
                "organizations": [self._text("organization")],
                "credential_types": [row["name"] for row in types],
                "credentials": [row["name"] for row in types],
                "execution_environments": [names["execution environment"]],
                "projects": [names["project"]],
                "inventories": [names["inventory"]],
                "notification_templates": self._hook,
                "job_templates": list(made.values()),
                "workflow_job_templates": workflows,
                "teams": [on_call, approvers],
            },
        }

    def _read_key(self) -> str:
        return next((str(row["name"]) for row in self._types if row["key"] == "huawei_read"), "")


def missing(needed: Mapping[str, Sequence[str]], found: Mapping[str, Sequence[str]]) -> list[str]:
    """What of a plan's `needed` an AWX does not have yet, as its page of the API and name."""
    return [f"{kind}: {name}" for kind, names in needed.items() for name in names if name not in found.get(kind, ())]
