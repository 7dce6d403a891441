# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence in an object store, with the modules of amazon.aws, in a job whose own disk vanishes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from emulator import HUAWEI_FIREWALL, Emulator
from support import awx_data
from support.awx import Job
from support.scope import takes_long

CASE = "INC-2041"
BUCKET = "evidence"
AWS = {"AWS_ACCESS_KEY_ID": "AKIASTOREEMULATOR001", "AWS_SECRET_ACCESS_KEY": "store-key-not-a-secret-00000000000000001"}
PLAY = """
- name: Keep the logs
  hosts: localhost
  gather_facts: false
  vars:
    cfw_in_process: true
  tasks:
    - name: Keep the logs
      ansible.builtin.include_role:
        name: secops.cfw.capture
        tasks_from: logs
      vars:
        capture_case_id: "{{ cfw_case_id }}"
        capture_targets: "{{ cfw_targets }}"
        capture_firewalls: "{{ cfw_firewalls }}"
        capture_event_time: "{{ cfw_event_time }}"
        capture_dir: "{{ cfw_dir }}"
        capture_dir_is_durable: true
        capture_store: "{{ cfw_store }}"
"""
KINDS = ("access_control", "attack", "flow")


class Store:
    """A bucket, and jobs that keep evidence in it."""

    def __init__(self, url: str, emu: Emulator, folder: Path) -> None:
        import boto3

        self.url = url
        self._emu = emu
        self.folder = folder
        self._number = 300
        self._client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=AWS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=AWS["AWS_SECRET_ACCESS_KEY"],
        )
        self._client.create_bucket(Bucket=BUCKET)

    def job(self, bucket: str = BUCKET, *, disk: str = "disk", **options: Any) -> Job:
        self._number += 1
        variables = {
            "cfw_case_id": CASE,
            "cfw_targets": "203.0.113.7",
            "cfw_firewalls": HUAWEI_FIREWALL,
            # Logs that no later run sees differently
            "cfw_event_time": "2026-01-31T03:00:00Z",
            "cfw_dir": str(self.folder / disk),
            "cfw_store": {"bucket": bucket, "prefix": "cfw", "endpoint_url": self.url, "region": "us-east-1"},
        }
        environ = {**awx_data.injected("capture", awx_data.inputs_of(self._emu)), **AWS}
        return Job(
            self.folder, "keep.yml", variables, environ, project={"keep.yml": PLAY}, number=self._number, **options
        )

    def objects(self) -> dict[str, tuple[str, Any]]:
        """By key: the SHA-256 of the content, and when it was put there."""
        found = {}
        for row in self._client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
            answer = self._client.get_object(Bucket=BUCKET, Key=row["Key"])
            found[row["Key"]] = (hashlib.sha256(answer["Body"].read()).hexdigest(), row["LastModified"])
        return found

    def kept(self, disk: str = "disk") -> dict[str, str]:
        """By path: the SHA-256 of what is on disk."""
        folder = self.folder / disk / CASE / "evidence"
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        }


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    # Installed with CFW_ALL only, as this test is run with it only.
    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def store(server: str, emu: Emulator, tmp_path: Path) -> Store:
    return Store(server, emu, tmp_path)


@takes_long
def test_evidence_is_stored_once_and_as_it_is(store: Store) -> None:
    jobs = [store.job(disk="plan", check=True), store.job("evidense", disk="mistyped"), store.job(verbosity=4)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        plan, mistyped, done = pool.map(Job.run_elsewhere, jobs)

    logs = {f"{HUAWEI_FIREWALL}/{kind}_log-1.json" for kind in KINDS}
    assert plan.status == "successful", plan.said()
    assert store.kept("plan") == {}

    # A bucket that is not there keeps nothing, and nothing is lost.
    assert (mistyped.status, mistyped.rc) == ("failed", 2)
    assert "attack_log-1.json is not in the object store: " in mistyped.said()
    assert "Bucket 'evidense' not found" in mistyped.said()
    assert set(store.kept("mistyped")) == {*logs, "manifest.json", "SHA256SUMS"}

    assert done.status == "successful", done.said()
    stored = store.objects()
    assert {key: sha256 for key, (sha256, _at) in stored.items()} == {
        f"cfw/{CASE}/{path}": sha256 for path, sha256 in store.kept().items()
    }
    manifest = json.loads((store.folder / "disk" / CASE / "evidence" / "manifest.json").read_text(encoding="utf-8"))
    assert {row["uri"] for row in manifest["files"]} == {f"s3://{BUCKET}/cfw/{CASE}/{path}" for path in logs}
    # A signed link would open the evidence to whoever reads the job's output.
    hidden = [*AWS.values(), "Signature=", *awx_data.SECRETS]
    assert [path.name for path, content in done.own_files() for one in hidden if one.encode() in content] == []

    again = store.job().run()
    assert again.status == "successful", again.said()
    assert store.objects() == stored
