# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bare client for tests: signs with the vendors' code, sends anything with requests, and judges nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

import requests
from requests.structures import CaseInsensitiveDict

from .accounts import (
    HUAWEI_AK,
    HUAWEI_FIREWALL,
    HUAWEI_KEYS,
    HUAWEI_PROJECT_ID,
    TENCENT_KEYS,
    TENCENT_SECRET_ID,
    Key,
)
from .auth_huawei import expected_signature as huawei_signature
from .auth_tencent import TencentScope
from .auth_tencent import expected_signature as tencent_signature
from .wire import WireRequest

Query = Sequence[tuple[str, Any]]
CAPTURES = f"/v1/{HUAWEI_PROJECT_ID}/capture-task"


class RawClient:
    """Talks to the emulator at `url`; `timeout` in seconds."""

    def __init__(self, url: str, timeout: float = 10) -> None:
        self.url = url
        self.timeout = timeout
        self.session = requests.Session()
        self.session.trust_env = False

    def close(self) -> None:
        self.session.close()

    def huawei(
        self,
        method: str,
        path: str,
        query: Query = (),
        body: Any = None,
        *,
        key: Key = HUAWEI_KEYS[HUAWEI_AK],
        at: float | None = None,
        headers: Mapping[str, str] | None = None,
        signed: Sequence[str] = ("content-type", "host", "x-sdk-date"),
    ) -> requests.Response:
        """Sign as `key` at `at` (unix seconds). `body` is JSON unless it is bytes, `headers` replace what is sent."""
        moment = datetime.fromtimestamp(time.time() if at is None else at, timezone.utc)
        data = _encoded(body)
        sent = {
            "Content-Type": "application/json",
            "Host": self.url.partition("//")[2],
            "X-Sdk-Date": moment.strftime("%Y%m%dT%H%M%SZ"),
        }
        if key.token:
            sent["X-Security-Token"] = key.token
        final = CaseInsensitiveDict({**sent, **(headers or {})})
        query_string = "&".join(
            f"{quote(name, safe='~')}={quote(str(value), safe='~')}" for name, value in sorted(query)
        )
        if "Authorization" not in final:
            request = WireRequest(method, path, query_string, final, data, self.url)
            signature, _canonical = huawei_signature(request, {name: final[name] for name in signed}, key)
            final["Authorization"] = (
                f"SDK-HMAC-SHA256 Access={key.identity}, SignedHeaders={';'.join(signed)}, Signature={signature}"
            )
        target = self.url + path + (f"?{query_string}" if query_string else "")
        return self._send(method, target, data, final)

    def tencent(
        self,
        action: str,
        body: Any,
        *,
        key: Key = TENCENT_KEYS[TENCENT_SECRET_ID],
        at: float | None = None,
        headers: Mapping[str, str] | None = None,
        signed: Sequence[str] = ("content-type", "host"),
        method: str = "POST",
    ) -> requests.Response:
        """Sign as `key` at `at` (unix seconds). `body` is JSON unless it is bytes, `headers` replace what is sent."""
        timestamp = str(int(time.time() if at is None else at))
        date = datetime.fromtimestamp(int(timestamp), timezone.utc).strftime("%Y-%m-%d")
        data = _encoded(body)
        sent = {
            "Content-Type": "application/json",
            "Host": self.url.partition("//")[2],
            "X-TC-Action": action,
            "X-TC-Version": "2019-09-04",
            "X-TC-Timestamp": timestamp,
        }
        if key.token:
            sent["X-TC-Token"] = key.token
        final = CaseInsensitiveDict({**sent, **(headers or {})})
        if "Authorization" not in final:
            request = WireRequest(method, "/", "", final, data, self.url)
            scope = TencentScope(date, timestamp, list(signed), {name: final[name].strip().lower() for name in signed})
            signature = tencent_signature(request, key.secret, scope)
            final["Authorization"] = (
                f"TC3-HMAC-SHA256 Credential={key.identity}/{date}/cfw/tc3_request, "
                f"SignedHeaders={';'.join(signed)}, Signature={signature}"
            )
        return self._send(method, self.url + "/", data, final)

    # Shorthands for what tests do most

    def create(self, name: str = "evidence", firewall: str = HUAWEI_FIREWALL, **changes: Any) -> requests.Response:
        """CreateCaptureTask; a change of None leaves the field out."""
        body = {**capture_body(name), **changes}
        body = {field: value for field, value in body.items() if value is not None}
        return self.huawei("POST", CAPTURES, [("fw_instance_id", firewall)], body)

    def captures(self, limit: int = 1024, offset: int = 0, firewall: str = HUAWEI_FIREWALL) -> dict[str, Any]:
        """The data of one ListCaptureTask."""
        query = [("fw_instance_id", firewall), ("limit", limit), ("offset", offset)]
        data: dict[str, Any] = self.huawei("GET", CAPTURES, query).json()["data"]
        return data

    def stop(self, task_id: str, firewall: str = HUAWEI_FIREWALL) -> requests.Response:
        return self.huawei("POST", f"{CAPTURES}/stop", [("fw_instance_id", firewall)], {"task_id": task_id})

    def delete(self, *task_ids: str, firewall: str = HUAWEI_FIREWALL) -> requests.Response:
        body = {"task_ids": list(task_ids)}
        return self.huawei("POST", f"{CAPTURES}/batch-delete", [("fw_instance_id", firewall)], body)

    def result(self, task_id: str, *more: tuple[str, Any]) -> requests.Response:
        query = [("fw_instance_id", HUAWEI_FIREWALL), ("task_id", task_id), *more]
        return self.huawei("GET", f"{CAPTURES}/capture-result", query)

    def call(self, action: str, body: Any) -> dict[str, Any]:
        """The Response of a Tencent call, whether an error or not."""
        response: dict[str, Any] = self.tencent(action, body).json()["Response"]
        return response

    def rows(self, show_type: str = "blocklist", **changes: Any) -> list[dict[str, Any]]:
        """The rows of one DescribeBlockIgnoreList."""
        rows: list[dict[str, Any]] = self.call("DescribeBlockIgnoreList", {**list_body(show_type), **changes})["Data"]
        return rows

    def _send(self, method: str, url: str, data: bytes, headers: Mapping[str, str]) -> requests.Response:
        return self.session.request(
            method, url, data=data, headers=headers, timeout=self.timeout, allow_redirects=False
        )


def capture_body(name: str) -> dict[str, Any]:
    """A create body that the service accepts."""
    return {
        "name": name,
        "duration": 5,
        "max_packets": 1000,
        "source": {"address": "198.51.100.7", "address_type": 0, "type": 0},
        "destination": {"address": "203.0.113.9", "address_type": 0, "type": 0},
        "service": {"protocol": 6, "source_port": "", "dest_port": "443"},
    }


def list_body(show_type: str) -> dict[str, Any]:
    """A DescribeBlockIgnoreList body for the first page of everything."""
    return {"Limit": 100, "Offset": 0, "Direction": "", "Order": "desc", "By": "EndTime", "ShowType": show_type}


def alert_rule_body(*ips: str, **changes: Any) -> dict[str, Any]:
    """A CreateAlertCenterRule body that blocks addresses inbound for seven days."""
    body = {
        "HandleTime": 7,
        "HandleType": 4,
        "AlertDirection": 1,
        "HandleDirection": "1",
        "HandleIpList": list(ips),
        **changes,
    }
    return {field: value for field, value in body.items() if value is not None}


def _encoded(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"" if body is None else json.dumps(body).encode()
