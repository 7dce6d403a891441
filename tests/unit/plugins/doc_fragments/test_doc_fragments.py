# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is documented is what the options are, in every word that a program can compare."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.secops.cfw.plugins.doc_fragments import attributes, huawei, tencent
from ansible_collections.secops.cfw.plugins.module_utils._credentials import Table
from ansible_collections.secops.cfw.plugins.module_utils._huawei.credentials import TABLE as HUAWEI_TABLE
from ansible_collections.secops.cfw.plugins.module_utils._huawei.options import HUAWEI
from ansible_collections.secops.cfw.plugins.module_utils._spec import OptionSpec
from ansible_collections.secops.cfw.plugins.module_utils._tencent.credentials import TABLE as TENCENT_TABLE
from ansible_collections.secops.cfw.plugins.module_utils._tencent.options import TENCENT

CLOUDS = [
    pytest.param(huawei.ModuleDocFragment.DOCUMENTATION, HUAWEI, HUAWEI_TABLE, id="huawei"),
    pytest.param(tencent.ModuleDocFragment.DOCUMENTATION, TENCENT, TENCENT_TABLE, id="tencent"),
]
OTHER_VARIABLES = {
    "huawei": {
        "HW_REGION_NAME",
        "HW_ENTERPRISE_PROJECT_ID",
        "HUAWEICLOUD_CFW_ENDPOINT",
        "HUAWEICLOUD_SDK_IAM_ENDPOINT",
    },
    "tencent": {"TENCENTCLOUD_CFW_ENDPOINT", "TENCENTCLOUD_CFW_SITE"},
}
NETWORK_VARIABLES = {
    *("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"),
}


def comparable(option: dict[str, Any]) -> dict[str, Any]:
    return {name: option.get(name) for name in ("type", "default", "choices", "elements")} | {
        "required": bool(option.get("required"))
    }


@pytest.mark.parametrize(("documentation", "spec", "_table"), CLOUDS)
def test_every_option_is_documented_as_it_is(documentation: str, spec: OptionSpec, _table: Table) -> None:
    documented = yaml.safe_load(documentation)["options"]
    real = spec.to_kwargs()["argument_spec"]
    assert {name: comparable(option) for name, option in documented.items()} == {
        name: comparable(option) for name, option in real.items()
    }


@pytest.mark.parametrize(("documentation", "spec", "_table"), CLOUDS)
def test_every_option_is_described_in_whole_sentences(documentation: str, spec: OptionSpec, _table: Table) -> None:
    found = yaml.safe_load(documentation)
    for name, option in found["options"].items():
        assert option["description"], name
        for sentence in option["description"]:
            assert sentence.endswith("."), (name, sentence)
    assert all(note.endswith(".") for note in found["notes"])
    assert found["requirements"] == ["python >= 3.9", "requests"]


@pytest.mark.parametrize(("documentation", "spec", "_table"), CLOUDS)
def test_every_option_that_the_text_names_exists(documentation: str, spec: OptionSpec, _table: Table) -> None:
    named = set(re.findall(r"\bO\(([a-z_]+)(?:=[^)]*)?\)", documentation))
    assert named
    assert named <= set(spec.options)


@pytest.mark.parametrize(("documentation", "_spec", "table"), CLOUDS)
def test_every_environment_variable_is_documented_and_no_other(
    documentation: str, _spec: OptionSpec, table: Table, request: pytest.FixtureRequest
) -> None:
    named = set(re.findall(r"\bE\(([A-Z_]+)\)", documentation))
    read = {name for family in table.families for name in (*family.needed, *family.tokens, family.project_id) if name}
    assert named == read | OTHER_VARIABLES[request.node.callspec.id] | NETWORK_VARIABLES


@pytest.mark.parametrize(("documentation", "_spec", "table"), CLOUDS)
def test_the_notes_name_the_sources_in_their_order(documentation: str, _spec: OptionSpec, table: Table) -> None:
    order = yaml.safe_load(documentation)["notes"][0]
    sources = [
        *(f"O({name})" for name in table.options.pair),
        "O(profile)",
        *(f"E({family.needed[0]})" for family in table.families),
        *(file.path.replace("{profile}", file.default_profile) for file in table.files),
        "O(instance_metadata=true)",
    ]
    places = [order.find(source) for source in sources]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(("documentation", "_spec", "_table"), CLOUDS)
def test_the_notes_say_what_a_user_has_to_know(documentation: str, _spec: OptionSpec, _table: Table) -> None:
    notes = " ".join(yaml.safe_load(documentation)["notes"])
    for word in ("never a mixture", "role", "C(-a)", "C(~/.netrc)", "plain http"):
        assert word in notes


def test_the_attributes() -> None:
    fragment = attributes.ModuleDocFragment
    assert set(yaml.safe_load(fragment.DOCUMENTATION)["attributes"]) == {
        "check_mode",
        "diff_mode",
        "idempotent",
        "platform",
    }
    assert set(yaml.safe_load(fragment.INFO_MODULE)["attributes"]) == {"check_mode", "diff_mode", "idempotent"}


def test_no_part_of_a_fragment_is_named_like_a_fragment() -> None:
    # ansible-doc would take secops.cfw.attributes.huawei for secops.cfw.huawei.
    files = {path.stem for path in Path(attributes.__file__).parent.glob("*.py")}
    names = {name.lower() for name in vars(attributes.ModuleDocFragment) if name.isupper()}
    assert {"attributes", "huawei", "tencent"} <= files
    assert {"documentation", "info_module"} <= names
    assert not files & names


@pytest.mark.parametrize("cloud", ["huawei", "tencent"])
def test_the_action_groups(cloud: str) -> None:
    found = yaml.safe_load(getattr(attributes.ModuleDocFragment, f"ACTIONGROUP_{cloud.upper()}"))["attributes"][
        "action_group"
    ]
    assert found["membership"] == [f"secops.cfw.{cloud}"]
    assert found["support"] == "full"
    assert f"C(group/secops.cfw.{cloud})" in found["description"][0]
