# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our hosts are those of the vendor's own SDK."""

from __future__ import annotations

from typing import Any

import pytest
from huaweicloudsdkcfw.v1.region.cfw_region import CfwRegion
from huaweicloudsdkcore.auth.endpoint import get_iam_endpoint_by_id

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._huawei import options

FALLBACK = "https://iam.myhuaweicloud.com"
CONTEXT = Context(environ={}, home="/nonexistent")


@pytest.mark.parametrize("region", sorted(CfwRegion.static_fields))
def test_a_region_has_the_hosts_that_the_sdk_knows(region: str) -> None:
    known: Any = CfwRegion.value_of(region)
    assert options.endpoint({"region": region}, CONTEXT).url in [url.rstrip("/").lower() for url in known.endpoints]
    # The SDK sends its users of the European site to set the address themselves; its manual names this one.
    exceptions = {"eu-west-101": "https://iam.eu-west-101.myhuaweicloud.eu"}
    wanted = exceptions.get(region) or get_iam_endpoint_by_id(region) or FALLBACK
    assert options.iam_endpoint({"region": region}, CONTEXT).url == wanted
