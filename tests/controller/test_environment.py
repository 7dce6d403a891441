# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment and the project, as somebody begins with them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from controller.play import Play
from support.awx_role import PROJECT, ROOT, wrappers

COPIED = sorted(str(path.relative_to(PROJECT)) for path in PROJECT.rglob("*") if path.is_file())


def builder(*arguments: str, folder: Path) -> str:
    program = shutil.which("ansible-builder")
    assert program, "ansible-builder is not on the PATH"
    answer = subprocess.run(
        [program, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout
    return answer.stdout


def test_an_environment_gets_what_the_collection_needs_and_nothing_else(tmp_path: Path) -> None:
    # What lies beside the collection here is no concern of it.
    place = tmp_path / "ansible_collections" / "secops"
    place.mkdir(parents=True)
    (place / "cfw").symlink_to(ROOT)

    found = yaml.safe_load(builder("introspect", str(tmp_path), folder=tmp_path))

    assert found == {"python": ["requests  # from collection secops.cfw"], "system": []}


@pytest.fixture(scope="module")
def project(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a user gets it, with one command."""
    place = tmp_path_factory.mktemp("project") / "cfw-awx"
    answer = play("secops.cfw.controller_project", {"cfw_project_dir": str(place)})
    assert answer.code == 0, answer.text
    return place


def test_the_project_is_there_whole(project: Path) -> None:
    assert sorted(str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()) == COPIED
    for name in COPIED:
        assert (project / name).read_bytes() == (PROJECT / name).read_bytes()


def test_what_was_changed_in_it_stays(play: Play, project: Path) -> None:
    (project / "firewalls.huawei_cfw.yml").write_text("plugin: secops.cfw.huawei_cfw\n", encoding="utf-8")
    (project / "status.yml").unlink()

    answer = play("secops.cfw.controller_project", {"cfw_project_dir": os.path.relpath(project, play.folder)})

    assert answer.code == 0, answer.text
    assert (project / "firewalls.huawei_cfw.yml").read_text(encoding="utf-8") == "plugin: secops.cfw.huawei_cfw\n"
    assert (project / "status.yml").is_file()


def test_without_a_directory_it_says_what_is_missing(play: Play) -> None:
    answer = play("secops.cfw.controller_project", {"cfw_project_dir": ""})

    assert answer.code != 0
    assert "(cfw_project_dir in the playbook) is missing; give a directory for the project" in answer.text


def test_the_example_environment_can_be_built(project: Path) -> None:
    builder("create", "--context", "context", folder=project)

    wanted = yaml.safe_load((project / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert "secops.cfw" in [row["name"] for row in wanted["collections"]]
    assert (project / "context").joinpath("Containerfile").exists() or (project / "context" / "Dockerfile").exists()


@pytest.mark.parametrize("wrapper", wrappers(), ids=lambda path: path.name)
def test_a_file_of_the_project_is_one_that_awx_takes_for_a_playbook(wrapper: Path) -> None:
    # It looks for a line such as this, and does not read the file as YAML.
    text = wrapper.read_text(encoding="utf-8")

    assert re.search(r"^\s*-?\s*ansible\.builtin\.import_playbook: secops\.cfw\.\w+$", text, re.MULTILINE)
