# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendors' own SDK clients, pointed at the emulator."""

from __future__ import annotations

import importlib
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import (
    HUAWEI_AK,
    HUAWEI_PROJECT_ID,
    HUAWEI_SK,
    TENCENT_SECRET_ID,
    TENCENT_SECRET_KEY,
    Emulator,
)


def _import_huawei_sdk() -> Path:
    """Import Huawei's client and tell where it put its application id.

    The import writes ~/.huaweicloud/application_id, so HOME is moved away for the while: before any test module here is
    imported, because that is what imports it next. The warnings are those of the SDK's own source on newer Pythons.
    """
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as home, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("HOME", home)
        importlib.import_module("huaweicloudsdkcore.client")
        written = Path(home, ".huaweicloud", "application_id")
        assert written.exists()
        return written


APPLICATION_ID_FILE = _import_huawei_sdk()


@pytest.fixture(autouse=True)
def sdk_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials file of the user, no proxy between the SDKs and the emulator."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def application_id_file() -> Path:
    return APPLICATION_ID_FILE


@pytest.fixture
def huawei_client(emu: Emulator) -> Callable[..., Any]:
    """Makes a CfwClient; without a project id the SDK asks IAM for it."""

    def make(
        ak: str = HUAWEI_AK, sk: str = HUAWEI_SK, project_id: str | None = HUAWEI_PROJECT_ID, token: str | None = None
    ) -> Any:
        from huaweicloudsdkcfw.v1 import CfwClient
        from huaweicloudsdkcore.auth.credentials import BasicCredentials
        from huaweicloudsdkcore.region.region import Region

        credentials = BasicCredentials(ak, sk, project_id).with_iam_endpoint(emu.url)
        if token:
            credentials.with_security_token(token)
        builder = CfwClient.new_builder().with_credentials(credentials)
        return builder.with_region(Region("cn-north-4", emu.url)).build()

    return make


@pytest.fixture
def tencent_client(emu: Emulator) -> Callable[..., Any]:
    """Makes a CfwClient of the Tencent SDK."""

    def make(secret_id: str = TENCENT_SECRET_ID, secret_key: str = TENCENT_SECRET_KEY, token: str | None = None) -> Any:
        from tencentcloud.cfw.v20190904.cfw_client import CfwClient
        from tencentcloud.common.credential import Credential
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile

        endpoint = HttpProfile(protocol="http", endpoint=emu.url.partition("//")[2])
        return CfwClient(Credential(secret_id, secret_key, token), "", ClientProfile(httpProfile=endpoint))

    return make
