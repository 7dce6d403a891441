# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server with both clouds' firewall APIs, as far as this collection reaches them, that runs anywhere.

It verifies signatures with the vendors' own SDK code, keeps real state, and has a switch for every behaviour that is
undocumented (`switches`), faults by request number (`faults`), a clock that tests move (`clock`) and a log of
requests (`log`). Where nothing is known it takes the harsher side.

    with Emulator() as emu:
        os.environ.update(emu.environ)
"""

from __future__ import annotations

from .accounts import (
    HUAWEI_AK,
    HUAWEI_AUTH_TOKEN,
    HUAWEI_ENTERPRISE_PROJECT_ID,
    HUAWEI_FIREWALL,
    HUAWEI_FIREWALL_2,
    HUAWEI_FIREWALL_3,
    HUAWEI_PROJECT_ID,
    HUAWEI_READONLY_AK,
    HUAWEI_READONLY_AUTH_TOKEN,
    HUAWEI_READONLY_SK,
    HUAWEI_REGION,
    HUAWEI_SK,
    HUAWEI_TEMP_AK,
    HUAWEI_TEMP_SK,
    HUAWEI_TEMP_TOKEN,
    TENCENT_APP_ID,
    TENCENT_READONLY_ID,
    TENCENT_READONLY_KEY,
    TENCENT_SECRET_ID,
    TENCENT_SECRET_KEY,
    TENCENT_TEMP_ID,
    TENCENT_TEMP_KEY,
    TENCENT_TEMP_TOKEN,
)
from .faults import FaultError
from .huawei_firewalls import object_id_of
from .server import Emulator
from .switches import SwitchError, Switches

HUAWEI_OBJECT = object_id_of(HUAWEI_FIREWALL, 0)
"""The internet border of HUAWEI_FIREWALL; HUAWEI_VPC_OBJECT is its VPC border."""
HUAWEI_VPC_OBJECT = object_id_of(HUAWEI_FIREWALL, 1)
HUAWEI_OBJECT_2 = object_id_of(HUAWEI_FIREWALL_2, 0)
HUAWEI_OBJECT_3 = object_id_of(HUAWEI_FIREWALL_3, 0)

__all__ = [
    "HUAWEI_AK",
    "HUAWEI_AUTH_TOKEN",
    "HUAWEI_ENTERPRISE_PROJECT_ID",
    "HUAWEI_FIREWALL",
    "HUAWEI_FIREWALL_2",
    "HUAWEI_FIREWALL_3",
    "HUAWEI_OBJECT",
    "HUAWEI_OBJECT_2",
    "HUAWEI_OBJECT_3",
    "HUAWEI_PROJECT_ID",
    "HUAWEI_READONLY_AK",
    "HUAWEI_READONLY_AUTH_TOKEN",
    "HUAWEI_READONLY_SK",
    "HUAWEI_REGION",
    "HUAWEI_SK",
    "HUAWEI_TEMP_AK",
    "HUAWEI_TEMP_SK",
    "HUAWEI_TEMP_TOKEN",
    "HUAWEI_VPC_OBJECT",
    "TENCENT_APP_ID",
    "TENCENT_READONLY_ID",
    "TENCENT_READONLY_KEY",
    "TENCENT_SECRET_ID",
    "TENCENT_SECRET_KEY",
    "TENCENT_TEMP_ID",
    "TENCENT_TEMP_KEY",
    "TENCENT_TEMP_TOKEN",
    "Emulator",
    "FaultError",
    "SwitchError",
    "Switches",
]
