# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts, keys and firewalls that the emulator knows. None of it is secret: it is valid here only."""

from __future__ import annotations

from dataclasses import dataclass

HUAWEI_AK = "EMULATORAK0000000001"
HUAWEI_SK = "emulator-sk-not-a-secret-0000000000000001"
HUAWEI_TEMP_AK = "EMULATORAKTEMP000001"
HUAWEI_TEMP_SK = "emulator-sk-not-a-secret-temporary-000001"
HUAWEI_TEMP_TOKEN = "emulator-security-token-not-a-secret-0001"
HUAWEI_READONLY_AK = "EMULATORAKREADONLY01"
HUAWEI_READONLY_SK = "emulator-sk-not-a-secret-read-only-000001"
HUAWEI_AUTH_TOKEN = "emulator-x-auth-token-not-a-secret-000001"
HUAWEI_READONLY_AUTH_TOKEN = "emulator-x-auth-token-read-only-0000001"
HUAWEI_PROJECT_ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
HUAWEI_REGION = "cn-north-4"
HUAWEI_FIREWALL = "ebf891cd-2163-48a0-9963-6309f99dd3c4"
HUAWEI_FIREWALL_2 = "546af3f8-88e9-47f2-a205-2346d7090925"
HUAWEI_FIREWALL_3 = "c1ffd8a1-4b9e-4f5d-9a53-0f3f0f0bd3a1"
HUAWEI_ENTERPRISE_PROJECT_ID = "5b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"

TENCENT_SECRET_ID = "AKIDemulator000000000000000000000001"
TENCENT_SECRET_KEY = "emulator-key-not-a-secret-0000001"
TENCENT_TEMP_ID = "AKIDemulatortemp00000000000000000001"
TENCENT_TEMP_KEY = "emulator-key-not-a-secret-temp001"
TENCENT_TEMP_TOKEN = "emulator-session-token-not-a-secret-00001"
TENCENT_READONLY_ID = "AKIDemulatorreadonly0000000000000001"
TENCENT_READONLY_KEY = "emulator-key-not-a-secret-ro00001"
TENCENT_APP_ID = "1250000000"


@dataclass(frozen=True)
class Key:
    """A key pair: `token` is set for a temporary one, `writes` is false for a read-only user."""

    identity: str
    secret: str
    token: str | None = None
    writes: bool = True


@dataclass(frozen=True)
class Principal:
    """Who calls; a read-only one may not write."""

    identity: str
    writes: bool


@dataclass(frozen=True)
class Firewall:
    """A Huawei firewall instance; `enterprise_project_id` "0" is the default enterprise project."""

    firewall_id: str
    name: str
    enterprise_project_id: str = "0"
    support_ipv6: bool = True


HUAWEI_KEYS = {
    key.identity: key
    for key in (
        Key(HUAWEI_AK, HUAWEI_SK),
        Key(HUAWEI_TEMP_AK, HUAWEI_TEMP_SK, token=HUAWEI_TEMP_TOKEN),
        Key(HUAWEI_READONLY_AK, HUAWEI_READONLY_SK, writes=False),
    )
}
HUAWEI_TOKENS = {HUAWEI_AUTH_TOKEN: True, HUAWEI_READONLY_AUTH_TOKEN: False}
TENCENT_KEYS = {
    key.identity: key
    for key in (
        Key(TENCENT_SECRET_ID, TENCENT_SECRET_KEY),
        Key(TENCENT_TEMP_ID, TENCENT_TEMP_KEY, token=TENCENT_TEMP_TOKEN),
        Key(TENCENT_READONLY_ID, TENCENT_READONLY_KEY, writes=False),
    )
}
FIREWALLS = (
    Firewall(HUAWEI_FIREWALL, "cfw-edge"),
    Firewall(HUAWEI_FIREWALL_2, "cfw-ipv4-only", support_ipv6=False),
    Firewall(HUAWEI_FIREWALL_3, "cfw-other-project", enterprise_project_id=HUAWEI_ENTERPRISE_PROJECT_ID),
)
