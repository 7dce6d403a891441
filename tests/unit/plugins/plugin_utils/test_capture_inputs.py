# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.plugin_utils._capture_inputs import Surroundings, read_wanted

FIREWALL = "ebf891cd-2163-48a0-9963-6309f99dd3c4"
NOW = 1795227450.0  # 2026-11-21T02:17:30Z
GIVEN: dict[str, Any] = {"case_id": "INC-2041", "targets": "203.0.113.7", "firewalls": FIREWALL}


def wanted(
    tmp_path: Path, purpose: str = "capture", around: Surroundings | None = None, **options: Any
) -> dict[str, Any]:
    return read_wanted({**GIVEN, "dir": str(tmp_path), **options}, purpose, around or Surroundings(NOW, user="ana"))


def test_what_is_not_given_has_a_default(tmp_path: Path) -> None:
    found = wanted(tmp_path)
    assert (found["duration"], found["max_packets"], found["protocol"], found["label"]) == (
        10,
        100000,
        "any",
        "pre_block",
    )
    assert (found["wait"], found["when_busy"], found["again"], found["required"]) == ("end", "report", False, True)
    assert found["event_time"] == "2026-11-21T02:17:30Z"
    assert (found["log_start"], found["log_end"]) == (int(NOW) - 1800, int(NOW) + 1800)
    assert found["directory"] == str(tmp_path / "INC-2041" / "evidence")
    assert [row["type"] for row in found["log_reads"]] == ["attack", "access_control", "flow"]
    assert not (tmp_path / "INC-2041").exists()


def test_text_as_surveys_give_it_is_understood(tmp_path: Path) -> None:
    found = wanted(
        tmp_path,
        targets="203.0.113.7\n203.0.113.8/32, 2001:DB8::7",
        victims=["198.51.100.20"],
        duration="5",
        again="true",
        required="no",
        wait="False",
        pair="",
        store="",
        event_time="",
        max_packets="",
    )
    assert found["attackers"] == ["203.0.113.7", "203.0.113.8", "2001:db8::7"]
    assert found["victims"] == ["198.51.100.20"]
    assert (found["duration"], found["again"], found["required"], found["wait"]) == (5, True, False, "none")
    assert (found["pair"], found["store"]) == (None, {})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"case_id": ""}, "capture_case_id"),
        ({"case_id": "../../etc"}, "capture_case_id"),
        ({"case_id": ".."}, "capture_case_id"),
        ({"case_id": "a" * 25}, "capture_case_id"),
        ({"targets": "evil.example"}, "capture_targets"),
        ({"targets": ""}, "capture_targets is empty"),
        ({"victims": "10.0.0.1/8"}, "capture_victims"),
        ({"firewalls": []}, "capture_firewalls is empty"),
        ({"firewalls": [".."]}, "capture_firewalls"),
        ({"duration": 0}, "capture_duration is '0'; give a whole number from 1 to 1440"),
        ({"duration": "ten"}, "capture_duration"),
        ({"again": "perhaps"}, "capture_again"),
        ({"label": "during"}, "capture_label"),
        ({"wait": "sometimes"}, "capture_wait"),
        ({"pair": "203.0.113.7"}, "capture_pair"),
        ({"pair": {"from": "203.0.113.7"}}, "capture_pair has 'from'"),
        ({"pair": {"source": "203.0.113.7", "destination": "2001:db8::1"}}, "one family"),
        ({"event_time": "yesterday"}, "capture_event_time"),
        ({"store": "bucket"}, "capture_store"),
        ({"store": {"bucket": "evidence", "secret_key": "x"}}, "keys come from the environment"),
        ({"store": {"bucket": "a b"}}, "capture_store.bucket"),
        ({"store": {"bucket": "evidence", "type": "ftp"}}, "capture_store.type"),
        ({"store": {"bucket": "evidence", "prefix": "../x"}}, "capture_store.prefix"),
        ({"store": {"bucket": "evidence", "endpoint_url": "http://obs.example.com"}}, "capture_store.endpoint_url"),
        ({"dir": "/dev/null/evidence"}, "capture_dir"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        wanted(tmp_path, **options)


def test_an_unknown_purpose_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="purpose"):
        wanted(tmp_path, "dance")


def test_verifying_needs_case_and_directory_only(tmp_path: Path) -> None:
    found = wanted(tmp_path, "verify", targets="", firewalls="")
    assert found == {"case_id": "INC-2041", "directory": str(tmp_path / "INC-2041" / "evidence")}


@pytest.mark.parametrize(
    ("options", "environ", "cwd"),
    [
        ({"job_id": 42}, {}, "/"),
        ({}, {"JOB_ID": "42", "AWX_PRIVATE_DATA_DIR": "/tmp/awx_42"}, "/"),
        ({}, {"JOB_ID": "42"}, "/runner/project"),
    ],
)
def test_a_disk_that_vanishes_is_refused_unless_something_lasts(
    tmp_path: Path, options: dict[str, Any], environ: dict[str, str], cwd: str
) -> None:
    around = Surroundings(NOW, environ, cwd)
    with pytest.raises(InputError, match=r"gone when the job ends.*capture_store.*capture_dir_is_durable"):
        wanted(tmp_path, around=around, **options)
    assert wanted(tmp_path, around=around, dir_is_durable="true", **options)["directory"]
    # Another job would name its files alike, and knows nothing of this one's.
    store = {"bucket": "evidence"}
    assert wanted(tmp_path, around=around, store=store, **options)["store"]["prefix"] == "INC-2041/job42"
    kept = wanted(tmp_path, around=around, store=store, dir_is_durable=True, **options)
    assert kept["store"]["prefix"] == "INC-2041"


def test_a_job_id_alone_is_no_awx(tmp_path: Path) -> None:
    assert wanted(tmp_path, around=Surroundings(NOW, {"JOB_ID": "42"}, "/home/ana"))


def test_a_store_needs_its_collection(tmp_path: Path) -> None:
    store = {"type": "s3", "bucket": "evidence", "prefix": "/cfw/", "region": "cn-north-4", "encrypt": "false"}
    with pytest.raises(InputError, match=r"amazon\.aws, which is not installed"):
        wanted(tmp_path, around=Surroundings(NOW, has_s3=False), store=store)
    found = wanted(tmp_path, store=store)["store"]
    assert found == {
        "bucket": "evidence",
        "prefix": "cfw/INC-2041",
        "connection": {"region": "cn-north-4", "encrypt": False},
    }


def test_the_event_of_the_first_run_is_kept(tmp_path: Path) -> None:
    directory = tmp_path / "INC-2041" / "evidence"
    directory.mkdir(parents=True)
    manifest = {
        "schema": "1.0",
        "case_id": "INC-2041",
        "event_time": "2026-11-21T01:00:00Z",
        "files": [],
        "captures": [],
    }
    (directory / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    later = Surroundings(NOW + 3600)
    assert wanted(tmp_path, around=later)["event_time"] == "2026-11-21T01:00:00Z"
    assert wanted(tmp_path, around=later, event_time="30m")["event_time"] == "2026-11-21T02:47:30Z"


@pytest.mark.parametrize("ahead", ["2026-11-21T02:18:15Z", "2036-01-01T00:00:00Z"])
@pytest.mark.parametrize("name", ["event_time", "event_time_unknown"])
def test_an_alert_ahead_of_the_clock_counts_as_now_and_is_told(tmp_path: Path, name: str, ahead: str) -> None:
    given: dict[str, Any] = {name: ahead}
    found = wanted(tmp_path, **given)
    assert (found["event_time"], found["log_end"]) == ("2026-11-21T02:17:30Z", int(NOW) + 1800)
    (error,) = found["errors"]
    assert error["scope"] == "event_time"
    assert ahead in error["message"]
    assert "later than now" in error["message"]
    assert wanted(tmp_path, event_time="now")["errors"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "is no manifest"),
        ("{", "is no manifest"),
        ('{"schema": "2.0", "case_id": "INC-2041", "files": [], "captures": []}', "schema '2.0'"),
        ('{"schema": "1.0", "case_id": "INC-1", "files": [], "captures": []}', "of case 'INC-1'"),
        (
            '{"schema": "1.0", "case_id": "INC-2041", "files": [{"path": "../x", "sha256": "", "size": 1}], "captures": []}',
            "no man",
        ),
        (
            '{"schema": "1.0", "case_id": "INC-2041", "files": [], "captures": [{"name": 1, "task_id": "", "fw_instance_id": ""}]}',
            "no man",
        ),
    ],
)
def test_a_manifest_that_is_none_stops_before_any_request(tmp_path: Path, text: str, said: str) -> None:
    directory = tmp_path / "INC-2041" / "evidence"
    directory.mkdir(parents=True)
    (directory / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        wanted(tmp_path)


def test_a_manifest_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "INC-2041" / "evidence" / "manifest.json").mkdir(parents=True)
    with pytest.raises(InputError, match="can't be read"):
        wanted(tmp_path)


def test_who_acts_is_awx_user_before_the_system_user(tmp_path: Path) -> None:
    around = Surroundings(NOW, user="awx", host="node-1")
    assert wanted(tmp_path, around=around)["who"]["by"] == "awx"
    named = wanted(tmp_path, around=replace(around, cwd="/"), user_name="ana", job_id=7, dir_is_durable=True)["who"]
    assert named == {"by": "ana", "os_user": "awx", "host": "node-1", "awx_job_id": "7", "awx_workflow_job_id": ""}
