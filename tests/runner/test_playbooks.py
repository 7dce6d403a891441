# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every job template of the role controller, run by ansible-runner as AWX runs it, against the emulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.plugin_utils._controller import plan
from emulator import HUAWEI_FIREWALL, Emulator
from support import awx_data
from support import awx_rules as rules
from support.awx import Done, Job
from support.awx_role import PROJECT, SETTINGS, read_data
from support.scope import ALL, takes_long

CASE = "INC-2041"
ATTACKERS = ("203.0.113.7", "203.0.113.8")
VICTIM = "198.51.100.20"
ASKED = {"cfw_case_id": CASE, "cfw_targets": "\n".join(ATTACKERS), "cfw_victims": VICTIM}
ONLY_CASE = {"cfw_case_id": CASE}
# What stands in the extra variables of a template, and what no survey asks for
QUICK = {"cfw_pre_block_window": 1, "cfw_post_block_window": 0, "cfw_capture_interval": 1}
FIXED = {"cfw_protected": ["198.51.100.0/24"]}
PLACES = {("tencent", ATTACKERS[0]), ("tencent", ATTACKERS[1]), ("huawei", ATTACKERS[0]), ("huawei", ATTACKERS[1])}
HIDDEN = awx_data.SECRETS
HUAWEI_BLOCK = {"secops.cfw.huawei_cfw_black_white_list", "secops.cfw.huawei_cfw_black_white_list_info"}
TENCENT_BLOCK = {"secops.cfw.tencent_cfw_alert_rule", "secops.cfw.tencent_cfw_alert_rule_info"}
CAPTURE = {
    "secops.cfw.huawei_cfw_capture_task",
    "secops.cfw.huawei_cfw_capture_result",
    "secops.cfw.huawei_cfw_log_info",
    "secops.cfw.incident_files",
}


class Awx:
    """An AWX with the role's templates, an account at each cloud, and a mounted folder for evidence."""

    def __init__(self, emu: Emulator, folder: Path) -> None:
        self.emu = emu
        self.folder = folder
        self.cases = folder / "mounted"
        self._number = 100
        emu.reset(rate_limit=0, result_mode="files")
        emu.seed(
            huawei={
                "firewalls": [{"fw_instance_id": HUAWEI_FIREWALL, "fw_instance_name": "edge"}],
                "eips": [{"id": "eip-web", "public_ip": VICTIM, "device_name": "web-1"}],
            },
            tencent={"alerts": [{"event_id": "evt-1", "src_ip": ATTACKERS[0], "dst_ip": VICTIM}]},
        )

    def job(
        self,
        key: str,
        answers: Mapping[str, Any],
        *,
        temporary: bool = False,
        durable: bool = True,
        fixed: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Job:
        """A job of a template of the role, with the answers to its survey; `options` are those of Job."""
        self._number += 1
        variables = awx_data.survey(key, answers)
        if "cfw_firewalls" in variables:
            variables["cfw_firewalls"] = HUAWEI_FIREWALL
        place = {"cfw_dir": str(self.cases), "cfw_dir_is_durable": True} if durable else {}
        return Job(
            self.folder,
            awx_data.template(key)["playbook"],
            # Answers win over the template's variables.
            {**FIXED, **place, **(fixed or {}), **variables},
            awx_data.injected(key, awx_data.inputs_of(self.emu, temporary=temporary)),
            project=PROJECT,
            number=self._number,
            **options,
        )

    def planned_job(self, key: str, answers: Mapping[str, Any], settings: Mapping[str, Any], **options: Any) -> Job:
        """A job of a template as the role makes it with these settings, and with nothing else than that."""
        made = plan({**SETTINGS, "dir": str(self.cases), **settings}, read_data(), awx=True)
        (template,) = [one for one in made["job_templates"] if one["key"] == key]
        variables, refused = rules.launched(template["survey_spec"], answers)
        assert not refused
        clouds = {one["key"].partition("_")[0] for one in made["credential_types"]}
        inputs = {cloud: given if cloud in clouds else {} for cloud, given in awx_data.inputs_of(self.emu).items()}
        environ = {name: text for name, text in awx_data.injected(key, inputs).items() if text}
        self._number += 1
        return Job(
            self.folder,
            template["playbook"],
            {**template["extra_vars"], **variables},
            environ,
            project=PROJECT,
            number=self._number,
            **options,
        )

    def blocked(self) -> set[tuple[str, str]]:
        state = self.emu.state()
        return {("tencent", row["Ioc"]) for row in state["tencent"]["blocklist"]} | {
            ("huawei", row["address"]) for row in state["huawei"]["black_white"]
        }

    def report(self) -> dict[str, Any]:
        found = json.loads((self.cases / CASE / "report.json").read_text(encoding="utf-8"))
        assert isinstance(found, dict)
        return found


@pytest.fixture
def awx(emu: Emulator, tmp_path: Path) -> Awx:
    return Awx(emu, tmp_path)


def succeeded(done: Done) -> Done:
    assert (done.status, done.rc) == ("successful", 0), done.said()
    return done


def no_secret_in(done: Done) -> None:
    files = dict(done.own_files())
    assert {"rc", "status", "stdout", "command"} <= {path.name for path in files}, sorted(files)
    assert sum(path.parent.name == "job_events" for path in files) > 5
    found = [(path.name, secret) for path, content in files.items() for secret in HIDDEN if secret.encode() in content]
    assert found == []


def handed_on(done: Done) -> dict[str, Any]:
    """cfw_incident among what AWX keeps of a job: not too large, and nothing else beside it."""
    assert set(done.stats()) == {"cfw_incident"}
    found = done.incident()
    assert len(json.dumps(found)) < 100_000
    assert found["case_id"] == CASE
    return found


def test_respond_as_awx_runs_it(awx: Awx) -> None:
    """Transmitted to a node and run there with all that Ansible can say, with temporary keys."""
    job = awx.job("respond", ASKED, temporary=True, fixed=QUICK, verbosity=4, workflow=77)

    done = succeeded(job.run_elsewhere())

    incident = handed_on(done)
    assert (incident["outcome"], incident["failed"], incident["planned"]) == ("contained", False, False)
    assert awx.blocked() == PLACES
    assert awx.emu.calls()["CreateCaptureTask"] == 1
    assert done.actions() >= HUAWEI_BLOCK | TENCENT_BLOCK | CAPTURE | {"ansible.builtin.set_stats"}
    report = awx.report()
    assert {(row["cloud"], row["target"]) for row in report["in_force"]} == PLACES
    assert [(run["operator"], run["awx"]["job_id"]) for run in report["people"]] == [("oncall", job.ident)]
    assert "workflow job 77" in report["people"][0]["approval"]
    assert [file["kind"] for file in report["evidence"]["files"]].count("capture") == 1
    no_secret_in(done)
    # Evidence and report are not among it, but are read by more people than those who may see a key.
    kept = [path.read_bytes() for path in awx.cases.rglob("*") if path.is_file() and path.suffix != ".cap"]
    assert [secret for secret in HIDDEN for content in kept if secret.encode() in content] == []


def test_plans_leave_the_clouds_alone(awx: Awx) -> None:
    """Templates that change something, as the dry run that a launch can choose."""
    jobs = {
        # respond, which captures and blocks
        "plan": awx.job(
            "plan", ASKED, fixed=QUICK, check=awx_data.template("plan")["job_type"] == "check", verbosity=4
        ),
        "unblock": awx.job("unblock", ONLY_CASE, check=True),
    }
    if ALL:
        jobs["block"] = awx.job("block", ASKED, check=True, verbosity=4)
        jobs["capture"] = awx.job("capture", ASKED, check=True)

    with ThreadPoolExecutor(max_workers=2) as pool:
        done = dict(zip(jobs, pool.map(Job.run_elsewhere, jobs.values())))

    assert awx.emu.writes() == 0
    assert awx.blocked() == set()
    assert not list(awx.cases.rglob("*"))
    for key, one in done.items():
        succeeded(one)
        incident = handed_on(one)
        assert (incident["outcome"], incident["planned"]) == ("planned", True)
        expected = {"plan": 2, "block": 2}.get(key, 0)
        assert ("2 targets" in incident["headline"]) is bool(expected), incident["headline"]
        no_secret_in(one)


@pytest.mark.parametrize("key", ["respond", "capture"] if ALL else ["respond"])
def test_a_job_whose_disk_vanishes_refuses_before_anything_is_written(awx: Awx, key: str) -> None:
    done = awx.job(key, ASKED, durable=False).run()

    assert (done.status, done.rc) == ("failed", 2)
    assert awx.emu.writes() == 0
    assert awx.blocked() == set()
    assert "gone when the job ends" in done.said()
    assert done.incident()["failed"] is True
    assert "gone when the job ends" in done.incident()["failure"]
    assert "AWX job" in done.incident()["failure"]
    no_secret_in(done)


def test_a_capture_by_itself(awx: Awx) -> None:
    # Each request takes half a minute of the service's time, so that the capture ends while one waits for it.
    awx.emu.tick_per_request(30)
    awx.emu.switch(result_mode="link")
    done = succeeded(awx.job("capture", {**ASKED, "cfw_capture_duration": 1}, verbosity=4).run())

    assert handed_on(done)["outcome"] in ("nothing_in_force", "not_contained")
    assert awx.emu.calls()["CreateCaptureTask"] == 1
    assert done.actions() >= CAPTURE
    # What is on the lists may be read beside the evidence.
    read = {"secops.cfw.huawei_cfw_black_white_list_info"}
    assert done.actions() & (HUAWEI_BLOCK | TENCENT_BLOCK) <= read
    assert awx.blocked() == set()
    no_secret_in(done)


@takes_long
def test_one_cloud_is_enough(awx: Awx) -> None:
    # Keys of the other are not there.
    settings = {"clouds": "tencent", "extra_vars": FIXED}
    done = succeeded(awx.planned_job("respond", ASKED, settings).run())

    assert handed_on(done)["outcome"] == "contained"
    assert awx.blocked() == {place for place in PLACES if place[0] == "tencent"}
    page = (awx.cases / CASE / "report.md").read_text(encoding="utf-8")
    assert "Own public addresses at huawei were not looked at: Huawei Cloud is not in use" in page
    no_secret_in(done)


def test_a_block_is_shown_reported_and_lifted(awx: Awx) -> None:
    # A form that somebody emptied
    emptied = {
        question["variable"]: [] if question["type"] == "multiselect" else ""
        for question in read_data()["questions"].values()
        if question["variable"] in awx_data.questions("block")
        and not question["required"]
        and question["type"] in ("text", "textarea", "multiselect")
    }
    assert emptied.keys() >= {"cfw_duration", "cfw_clouds", "cfw_victims"}
    succeeded(block := awx.job("block", {**ASKED, **emptied}).run())
    assert handed_on(block)["outcome"] == "contained"
    assert awx.blocked() == PLACES
    assert block.actions() >= HUAWEI_BLOCK | TENCENT_BLOCK
    no_secret_in(block)
    written = awx.emu.writes()

    later = {
        "status": awx.job("status", ONLY_CASE, verbosity=4),
        "report": awx.job("report", ONLY_CASE),
    }
    with ThreadPoolExecutor(max_workers=2) as pool:
        shown, reported = (succeeded(one) for one in pool.map(Job.run_elsewhere, later.values()))
    assert awx.emu.writes() == written
    (status,) = [res["msg"] for res in shown.results("ansible.builtin.debug")]
    assert {(row["cloud"], row["target"]) for row in status["in_force"]} == PLACES
    (began,) = [run["started_at"] for run in awx.report()["runs"] if run["run_id"].endswith("job101")]
    for row in status["in_force"]:
        lasts = datetime.fromisoformat(row["until"]) - datetime.fromisoformat(began)
        assert abs(lasts - timedelta(hours=24)) < timedelta(minutes=10)
    assert shown.stats() == {}
    no_secret_in(shown)
    assert handed_on(reported)["outcome"] == "contained"
    no_secret_in(reported)

    lifted = succeeded(awx.job("unblock", ONLY_CASE, verbosity=4).run())
    assert handed_on(lifted)["outcome"] == "released"
    assert awx.blocked() == set()
    no_secret_in(lifted)
    succeeded(awx.job("report", ONLY_CASE).run())
    assert [run["awx"]["job_id"] for run in awx.report()["people"]] == ["101", "103", "104", "105"]


def test_evidence_is_collected_and_verified_later(awx: Awx) -> None:
    awx.emu.seed(
        huawei={
            "tasks": [
                {
                    "name": f"ir-{CASE}-1",
                    "status": 1,
                    "source": {"address": ATTACKERS[0]},
                    "destination": {"address": VICTIM},
                }
            ]
        }
    )
    asked = {name: ASKED[name] for name in awx_data.questions("collect") if name in ASKED}

    looked = succeeded(awx.job("collect", asked, check=True).run_elsewhere())
    assert awx.emu.writes() == 0
    assert not list(awx.cases.rglob("*"))
    no_secret_in(looked)

    collected = succeeded(awx.job("collect", asked).run())

    assert handed_on(collected)["failed"] is False
    assert collected.actions() >= {"secops.cfw.huawei_cfw_capture_result", "secops.cfw.incident_files"}
    assert [file["kind"] for file in awx.report()["evidence"]["files"]].count("capture") == 1
    assert awx.emu.writes() == 0
    no_secret_in(collected)

    verified = succeeded(awx.job("verify", ONLY_CASE, verbosity=4).run_elsewhere())
    assert "is as it was collected" in verified.said()
    no_secret_in(verified)

    (log,) = (awx.cases / CASE / "evidence").rglob("attack_log-1.json")
    log.write_text("{}", encoding="utf-8")
    altered = awx.job("verify", ONLY_CASE).run()
    assert (altered.status, altered.rc) == ("failed", 2)
    assert "is not what was collected" in altered.said()


def test_what_is_overdue_is_lifted_on_a_schedule(awx: Awx) -> None:
    overdue = {"address": ATTACKERS[0], "description": "ir:INC-1;until=2026-01-01T00:00:00Z;"}
    lasting = {"address": ATTACKERS[1], "description": "ir:INC-1;until=permanent;"}
    awx.emu.seed(huawei={"black_white": [overdue, lasting]})

    # A schedule answers nothing: what the job knows stands in the template.
    settings = {"clouds": "huawei", "inventory_source": False, "extra_vars": {"cfw_firewalls": HUAWEI_FIREWALL}}
    dry = succeeded(awx.planned_job("unblock_expired", {}, settings, check=True).run())
    assert awx.emu.writes() == 0
    no_secret_in(dry)

    lifted = succeeded(awx.planned_job("unblock_expired", {}, settings, verbosity=4).run_elsewhere())
    assert awx.blocked() == {("huawei", ATTACKERS[1])}
    assert lifted.actions() >= HUAWEI_BLOCK
    no_secret_in(lifted)


def masked(environ: Mapping[str, str]) -> set[str]:
    return {name for name, value in environ.items() if value in awx_data.SECRETS}


def test_only_the_engine_keeps_what_it_was_given(awx: Awx) -> None:
    """The one file that holds a job's environment holds it under the names that credentials inject, and nowhere else."""
    job = awx.job("status", ONLY_CASE)
    done = succeeded(job.run())
    command = json.loads((done.artifacts / "command").read_text(encoding="utf-8"))
    assert masked(command["env"]) == masked(job.environ) != set()
    assert not (done.root / "env" / "envvars").exists()
