# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the role capture, and what they see of the machine."""

from __future__ import annotations

import getpass
import importlib.util
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.secops.cfw.plugins.plugin_utils import _capture, _capture_collect
from ansible_collections.secops.cfw.plugins.plugin_utils import _evidence_manifest as manifests
from ansible_collections.secops.cfw.plugins.plugin_utils._capture_inputs import Surroundings, read_wanted


def _recorded(state: Mapping[str, Any], **results: Any) -> Any:
    return _capture_collect.recorded(
        state, manifest=manifests.read_manifest(state["directory"], state["case_id"]), **results
    )


STEPS: dict[str, Callable[..., Any]] = {
    "planned": _capture.planned,
    "ready": _capture.ready,
    "started": _capture.started,
    "taken_up": _capture_collect.taken_up,
    "awaited": _capture_collect.awaited,
    "collected": _capture_collect.collected,
    "logged": _capture_collect.logged,
    "recorded": _recorded,
    "result": _capture_collect.public_result,
}


def capture_step(state: Mapping[str, Any], step: str, **results: Any) -> Any:
    if step not in STEPS:
        raise AnsibleFilterError(f"capture_step: there is no step {step!r}; give one of {', '.join(STEPS)}")
    try:
        return STEPS[step](state, **results, now=time.time())
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"capture_step: the step {step} was not given what it needs ({error!r}); "
            "give it the state of the step before and the results of the tasks in between"
        ) from error


def _has_s3() -> bool:
    try:
        return importlib.util.find_spec("ansible_collections.amazon.aws") is not None
    except ImportError:
        return False


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())


def capture_wanted(options: Mapping[str, Any], purpose: str = "capture") -> Any:
    around = Surroundings(
        now=time.time(),
        environ=dict(os.environ),
        cwd=os.getcwd(),
        user=_user(),
        host=socket.gethostname(),
        has_s3=_has_s3(),
    )
    return read_wanted(options, purpose, around)


def capture_evidence(
    directory: str,
    case_id: str = "",
    hashes: Sequence[Mapping[str, Any]] | None = None,
    there: Sequence[Mapping[str, Any]] | None = None,
) -> Any:
    place = os.path.abspath(os.path.expanduser(directory))
    path = os.path.join(place, manifests.MANIFEST)
    text = manifests.read_text(path)
    if text is None:
        raise AnsibleFilterError(f"There is no {path}; give the directory that holds the evidence of the case")
    manifest = manifests.parse_manifest(text, path, case_id)
    listed = manifests.listed_files(manifest, text, manifests.read_text(os.path.join(place, manifests.SUMS)) or "")
    if hashes is None or there is None:
        return [{**row, "path": os.path.join(place, row["path"])} for row in listed]
    return manifests.compared(place, listed, {one["path"]: one for one in hashes}, there)
