# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is wrong with the input, the module says so in one sentence, and sends nothing."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from unit.plugins.modules.harness import HUAWEI, MODULES, SECRETS, TENCENT, Host, Outcome, cloud_of, spec_of
from unit.plugins.modules.registry import VALID, prepare

ABSENT = object()
"""Takes an option out of the valid ones."""
PLANTED = "planted-secret"
"""Is in every secret that a row plants, and in no message."""
ALERT = "a67d60bb5ede9b962ac19ad24b28be54"
INFINITE = (math.nan, math.inf, -math.inf, 1e300)
CONTROL = ("a\nb", "a\0b", "a\x85b", "a\u2028b", "a\ud800b", "a\u202eb", "a\u2066b", "a\ufeffb")


def row(module: str, says: str, environ: dict[str, str] | None = None, /, **options: Any) -> Any:
    """A row of the table; `says` are the essential parts of the message, separated by a vertical bar."""
    shown = ", ".join(f"{name}={'absent' if value is ABSENT else str(value)[:30]}" for name, value in options.items())
    name = f"{module if module not in (HUAWEI, TENCENT) else cloud_of(module)} {shown} {environ or ''}".encode(
        "ascii", "backslashreplace"
    ).decode()
    return pytest.param(module, options, environ or {}, says.split("|"), id=name)


def huawei(says: str, environ: dict[str, str] | None = None, /, **options: Any) -> Any:
    return row(HUAWEI, says, environ, **options)


def tencent(says: str, environ: dict[str, str] | None = None, /, **options: Any) -> Any:
    return row(TENCENT, says, environ, **options)


def options_of(module: str, changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**VALID[module], **changes}.items() if value is not ABSENT}


def check_refusal(outcome: Outcome, emu: Emulator, says: list[str]) -> None:
    assert outcome.failed
    for words in says:
        assert words in outcome.msg
    assert "\n" not in outcome.msg
    assert len(outcome.msg) < 800
    assert outcome.result.get("changed", False) is False
    assert "Traceback" not in outcome.output
    assert "exception" not in outcome.result
    for secret in (*SECRETS, PLANTED):
        assert secret not in outcome.output
    assert emu.log == []


ADDRESSES = [
    ("203.0.113.300", "numbers go from 0 to 255"),
    ("1.1.1", "four numbers"),
    ("web.example.com", "is a host name"),
    ("web", "is a host name"),
    ("fe80::1%eth0", "has a zone id"),
    ("192.88.99.7/24", "host bits set"),
    ("192.88.99.1-192.88.99.9", "is a range of addresses"),
    ("192.88.99.1-9", "is a range of addresses"),
    ("010.88.99.1", "has leading zeros"),
    ("192.88.99.7:80", "has a port attached"),
    ("[2001:db8::1]", "has brackets"),
    ("https://192.88.99.7", "is a URL"),
    ("192.88.99.7;192.88.99.8", "more than one item"),
    ("192.88.99.7 192.88.99.8", "has blanks"),
    ("192.88.99.7\n192.88.99.8", "has blanks or control characters"),
    ("192.88.99.7/33", "no prefix length from 0 to 32"),
    ("2001:db8::/129", "no prefix length from 0 to 128"),
    ("192.88.99.7/255.255.255.0", "no prefix length"),
    ("2001:db8:::1", "is not an IP address"),
    ("12345::1", "is not an IP address"),
    ("\u0661.1.1.1", "is not an IP address"),
    ("\ud800", "has blanks or control characters"),
    ("x" * 100_000, "is a host name"),
]
PORTS = [
    ("0", "out of range|from 1 to 65535"),
    ("70000", "out of range|from 1 to 65535"),
    ("1-70000", "out of range"),
    ("0-0", "out of range"),
    ("9-3", "runs backwards|write 3-9"),
    ("http", "is not a port|443"),
    ("-1", "is not a port"),
    ("80,443", "is not a port"),
    ("1.5", "is not a port"),
    ("080", "has leading zeros"),
    ("9" * 5000, "out of range"),
    (True, "is not a port"),
    ("\u0664\u0664\u0663", "is not a port"),
]
CAPTURES = [
    huawei("Unsupported parameters|nonsense", nonsense=1),
    huawei("Unsupported parameters|service.port", service={"port": 80}),
    huawei("Unsupported parameters|source.type", source={"address": "192.88.99.7", "type": 0}),
    huawei("missing required arguments|fw_instance_id", fw_instance_id=ABSENT),
    *(
        huawei(f"state is present|missing: {name}", **{name: value})
        for name in ("name", "source", "destination", "duration", "max_packets")
        for value in (ABSENT, None)
        if (name, value) != ("name", None)
    ),
    huawei("name", name=None),
    huawei("missing|address|source", source={}),
    huawei("destination.address|is empty|give an IPv4 or IPv6 address", destination={"address": ""}),
    *(huawei(f"source.address: |{problem}", source={"address": text}) for text, problem in ADDRESSES),
    huawei("write 192.88.99.0/24 for the network or 192.88.99.7 for", destination={"address": "192.88.99.7/24"}),
    huawei("source is '5'|dictionary with address", source=5),
    huawei("service is '443'|dictionary with protocol, source_port, dest_port", service=443),
    huawei("service is 'True'|dictionary", service=True),
    huawei("source is '192.88.99.7'; give a dictionary with address", source="192.88.99.7"),
    huawei("service is 'tcp'; give a dictionary with protocol", service="tcp"),
    huawei("dict", source=[{"address": "192.88.99.7"}]),
    huawei("source.address is ipv6|destination.address is ipv4|one address family", source={"address": "2001:db8::1"}),
    huawei("destination.address is ipv6", destination={"address": "::ffff:192.88.99.7"}),
    huawei(
        "source.address_type is ipv6|192.88.99.7 is ipv4", source={"address": "192.88.99.7", "address_type": "ipv6"}
    ),
    huawei("address_type must be one of: ipv4, ipv6", source={"address": "192.88.99.7", "address_type": "domain"}),
    *(
        huawei(f"service.{name}: |{problem}", service={"protocol": "tcp", name: text})
        for name in ("source_port", "dest_port")
        for text, problem in PORTS
    ),
    huawei("service.dest_port|icmp has no ports|tcp or udp", service={"protocol": "icmp", "dest_port": "80"}),
    huawei("service.protocol is icmpv6|set it to icmp", service={"protocol": "icmpv6"}),
    huawei("protocol must be one of: any, tcp, udp, icmp, icmpv6", service={"protocol": "sctp"}),
    huawei("duration is 0; give at least 1 minute", duration=0),
    huawei("duration is -5; give at least 1 minute", duration=-5),
    huawei("duration is 1000000000000000000000000000000; give", duration=10**30),
    huawei("duration is true; give a whole number", duration=True),
    *(huawei("duration|int", duration=value) for value in ("five", 1.5, "", "5 minutes")),
    *(huawei("duration", duration=value) for value in (math.inf, -math.inf)),
    huawei("max_packets is 0; give 1 to 1000000", max_packets=0),
    huawei("max_packets is -1; give 1 to 1000000", max_packets=-1),
    huawei("max_packets is 1000001; give 1 to 1000000", max_packets=1_000_001),
    huawei("max_packets is false; give a whole number", max_packets=False),
    *(huawei("name is empty; give", name=text) for text in ("", "  ")),
    *(huawei("name |blanks around it or control characters", name=text) for text in (" a", "a ", *CONTROL)),
    huawei("name |has 256 characters; give at most 255", name="x" * 256),
    huawei("name |has 100000 characters", name="x" * 100_000),
    *(huawei("fw_instance_id is empty; give an id such as", fw_instance_id=text) for text in ("", " ")),
    *(
        huawei("fw_instance_id |is no id; give one such as", fw_instance_id=text)
        for text in ("INC 2041", "a/b", "a?b", "[]", "x" * 65, "x" * 100_000, *CONTROL)
    ),
    huawei("fw_instance_id", fw_instance_id=None),
    huawei("state must be one of: present, stopped, absent", state="gone"),
    huawei("state must be one of", state=""),
    huawei("task_id goes with state stopped or absent", task_id="b"),
    *(
        huawei(
            f"state: {state} needs exactly one of name and task_id; {given}", state=state, name=name, task_id=task_id
        )
        for state in ("stopped", "absent")
        for name, task_id, given in (
            ("a", "b", "both are given"),
            (ABSENT, ABSENT, "neither is given"),
            (" ", "", "neither is given"),
            (None, None, "neither is given"),
        )
    ),
    huawei("task_id 'a b' is no id", state="stopped", name=ABSENT, task_id="a b"),
    huawei("name |blanks around it", state="absent", name=" a"),
    huawei("wait must be one of: none, running, finished", wait="long"),
    huawei("when_busy must be one of: fail, wait", when_busy="never"),
    *(
        huawei(f"{name} is |give seconds, 0 or more", **{name: value})
        for name in ("wait_timeout", "busy_timeout", "settle_timeout")
        for value in (-1, -0.5, *INFINITE)
    ),
    *(huawei("wait_interval is |give seconds, more than 0", wait_interval=value) for value in (0, -1, *INFINITE)),
    huawei("wait_timeout|float", wait_timeout="soon"),
]

FORBIDDEN = [
    ("127.0.0.1", "loopback, 127.0.0.0/8"),
    ("169.254.169.254", "link-local, cloud metadata"),
    ("100.100.100.200", "cloud metadata"),
    ("224.0.0.1", "multicast"),
    ("255.255.255.255", "reserved or broadcast"),
    ("::1", "loopback"),
    ("fe80::1", "link-local"),
    ("ff02::1", "multicast"),
    ("::ffff:127.0.0.1", "IPv4-mapped address of 127.0.0.1: loopback"),
    ("64:ff9b::127.0.0.1", "NAT64 address of 127.0.0.1: loopback"),
]
PRIVATE = [
    ("10.1.2.3", "private, 10.0.0.0/8"),
    ("172.31.0.1", "private, 172.16.0.0/12"),
    ("192.168.1.1", "private, 192.168.0.0/16"),
    ("100.64.0.1", "carrier-grade NAT"),
    ("fd00::1", "unique local"),
    ("::ffff:10.1.2.3", "IPv4-mapped address of 10.1.2.3: private"),
    ("::ffff:a01:203", "IPv4-mapped address of 10.1.2.3: private"),
    ("64:ff9b::10.1.2.3", "NAT64 address of 10.1.2.3: private"),
    ("64:ff9b:1::10.1.2.3", "NAT64 address of 10.1.2.3: private"),
    ("2002:a01:203::1", "6to4 address of 10.1.2.3: private"),
    ("2001:0:4136:e378:8000:63bf:f5fe:fdfc", "Teredo client address of 10.1.2.3: private"),
]
EITHER = "Exactly one of ips and alert_ids"
STATES: list[dict[str, Any]] = [{}, {"action": "allow"}, {"state": "absent"}, {"action": "allow", "state": "absent"}]
NOT_FOR_HOURS: dict[str, dict[str, Any]] = {
    "direction: intranet": {"direction": "intranet"},
    "ignore_reason": {"ignore_reason": "default", "action": "allow"},
    "block_domain": {"block_domain": "example.com"},
    "alert_ids": {"ips": ABSENT, "alert_ids": [ALERT]},
}
WITHOUT_REASON: list[dict[str, Any]] = [
    {"allow_protected": ["10.0.0.1"]},
    {"allow_protected": ["10.0.0.1"], "allow_protected_reason": " "},
    {"allow_protected": ["10.0.0.1"], "ips": ABSENT, "alert_ids": [ALERT]},
    {"allow_protected": ["10.0.0.1"], "state": "absent"},
]
RULES = [
    tencent("Unsupported parameters|nonsense", nonsense=1),
    tencent("missing required arguments|action", action=ABSENT),
    tencent("state is present|missing: duration", duration=ABSENT),
    tencent("duration", duration=None),
    tencent("action must be one of: block, allow", action="drop"),
    tencent("state must be one of: present, absent", state="gone"),
    *(tencent(f"ips[0]: |{problem}", ips=[text]) for text, problem in ADDRESSES),
    tencent("ips[1]: 'web' is a host name", ips=["192.88.99.7", "web", "192.88.99.8"]),
    *(
        tencent("ips[0]: |is a prefix, and single addresses only are taken", ips=[text], action=action)
        for text in ("192.88.99.0/24", "0.0.0.0/0", "::/0", "2001:db8::/32")
        for action in ("block", "allow")
    ),
    *(
        tencent(f"Refused, and nothing was changed|({why}|special ranges can't be exempted", ips=[ip])
        for ip, why in FORBIDDEN
    ),
    *(
        tencent("nothing was changed", ips=[ip], allow_protected=[ip], allow_protected_reason="a drill")
        for ip, _why in FORBIDDEN
    ),
    *(
        tencent(f"Refused, and nothing was changed|({why}|name it in allow_protected|direction: intranet", ips=[ip])
        for ip, why in PRIVATE
    ),
    *(
        tencent("is the unspecified address", ips=["192.88.99.7", ip], **changes)
        for ip in ("0.0.0.0", "::")
        for changes in STATES
    ),
    tencent("192.88.99.7 (protected by 192.88.99.0/24 from protected[0])", protected=["192.88.99.0/24"]),
    tencent("(protected by 192.88.99.7 from SECOPS_CFW_PROTECTED)", {"SECOPS_CFW_PROTECTED": "1.1.1.1, 192.88.99.7"}),
    tencent(
        "(protected by 10.0.0.0/8 from protected[0])", ips="10.1.2.3", direction="intranet", protected="10.0.0.0/8"
    ),
    tencent(
        "(IPv4-mapped address of 192.88.99.7: protected by 192.88.99.0/24",
        ips=["::ffff:192.88.99.7"],
        protected=["192.88.99.0/24"],
    ),
    tencent(
        "10.0.0.1 (private|; 192.88.99.8 (protected by",
        ips=["192.88.99.7", "10.0.0.1", "192.88.99.8"],
        protected=["192.88.99.8"],
    ),
    tencent("protected by 192.88.99.7", action="allow", state="absent", protected=["192.88.99.7"]),
    tencent("protected[1]: 'office' is a host name", protected=["192.0.2.1", "office"]),
    tencent("protected[0]: |host bits set", protected=["192.88.99.1/24"]),
    tencent("SECOPS_CFW_PROTECTED: 'office' is a host name", {"SECOPS_CFW_PROTECTED": "192.0.2.1 office"}),
    tencent("SECOPS_CFW_PROTECTED: ", {"SECOPS_CFW_PROTECTED": "\udcff"}),
    *(tencent("a reason is missing; say in allow_protected_reason", **changes) for changes in WITHOUT_REASON),
    tencent("allow_protected[0]: 'office' is a host name", allow_protected="office", allow_protected_reason="a drill"),
    tencent(f"{EITHER}|both do", alert_ids=[ALERT]),
    *(tencent(f"{EITHER}|neither does", ips=value) for value in (ABSENT, None, [], "", ",,", " , ", [" ", ""])),
    *(tencent(f"{EITHER}|neither does", ips=ABSENT, alert_ids=value) for value in ([], "", [""])),
    tencent("ips", ips={"a": 1}),
    *(
        tencent("alert_ids[1]: |is no alert id", ips=ABSENT, alert_ids=[ALERT, text])
        for text in ("a b", "x" * 129, "a;b", "\u6848", "a\0b", "\ud800")
    ),
    tencent(
        "absent with alert_ids is not possible|give the addresses as ips", ips=ABSENT, alert_ids=[ALERT], state="absent"
    ),
    *(tencent("comment has 51 characters; at most 50", comment=text * 51) for text in ("x", "\u6848")),
    *(
        tencent(f"{name} |line breaks or control characters", **{name: text})
        for name in ("comment", "block_domain")
        for text in CONTROL
    ),
    *(
        tencent("ignore_reason goes with action: allow", ignore_reason="default", state=s)
        for s in ("present", "absent")
    ),
    tencent(
        "ignore_reason must be one of: default, duplicate, false_positive, emergency", ignore_reason="x", action="allow"
    ),
    *(
        tencent("duration |is no duration; give hours or days such as 12h or 7d|permanent", duration=text)
        for text in (
            "",
            " ",
            "0d",
            "7",
            7,
            "7w",
            "-1d",
            "1.5d",
            "forever",
            "99999d",
            "7d 1h",
            "7D",
            "\u0667d",
            "x" * 9999,
        )
    ),
    *(
        tencent(f"{name} |is no duration; give hours or days", **{name: text})
        for name in ("renew_within", "alert_window")
        for text in ("soon", "0h", "permanent", "99999d")
    ),
    *(
        tencent(f"{name} 'soon' is no duration", state="absent", **{name: "soon"})
        for name in ("duration", "renew_within")
    ),
    tencent("renew_within 7d is not shorter than duration 7d", renew_within="7d"),
    tencent("renew_within 8d is not shorter than duration 7d", renew_within="8d"),
    *(
        tencent(f"{name}|with duration 12h|only for 1d, 7d or permanent", duration="12h", **changes)
        for name, changes in NOT_FOR_HOURS.items()
    ),
    *(tencent(f"batch_size is {size}; give 1 to 100", batch_size=size) for size in (0, -1, 101)),
    tencent("batch_size is true; give a whole number", batch_size=True),
    tencent("direction must be one of: inbound, outbound, both, intranet", direction="sideways"),
    tencent("alert_direction must be one of: inbound, outbound", alert_direction="both"),
    tencent("return_rules must be one of: all, changed", return_rules="some"),
    tencent("site must be one of: china, international", site="europe"),
    tencent("language must be one of: zh-CN, en-US", language="de-DE"),
]

HTTP = "|which would send the credential unprotected; use https"
ENDPOINTS = [
    ("http://cfw.example.com", f"is plain http to cfw.example.com{HTTP}"),
    ("http://10.0.0.1", f"is plain http to 10.0.0.1{HTTP}"),
    ("http://127.0.0.1.example.com", f"is plain http{HTTP}"),
    ("http://localhost.example.com", f"is plain http{HTTP}"),
    ("http://0.0.0.0", f"is plain http{HTTP}"),
    ("ftp://cfw.example.com", "has the scheme ftp, and only https"),
    ("https://cfw.example.com/path", "contains a path"),
    ("https://cfw.example.com?x=1", "contains a path, a query"),
    ("https://cfw.example.com:0", "port|1 to 65535"),
    ("https://cfw.example.com:70000", "port|1 to 65535"),
    ("https://", "names no host"),
    ("https://cfw example com", "names no valid host"),
    ("https://cfw.example.com\r\nX-Injected: 1", "https://cfw.example.com"),
    ("x" * 100_000, "names no valid host"),
]
ENDPOINT_VARIABLES = [
    (HUAWEI, "endpoint", "HUAWEICLOUD_CFW_ENDPOINT"),
    (HUAWEI, "iam_endpoint", "HUAWEICLOUD_SDK_IAM_ENDPOINT"),
    (TENCENT, "endpoint", "TENCENTCLOUD_CFW_ENDPOINT"),
]
CONNECTIONS = [
    *(
        row(module, f"{option} |{problem}", **{option: url})
        for module, option, _variable in ENDPOINT_VARIABLES
        for url, problem in ENDPOINTS
    ),
    *(
        row(module, f"{variable} |{problem}", {variable: url})
        for module, _option, variable in ENDPOINT_VARIABLES
        for url, problem in ENDPOINTS[:3]
    ),
    *(
        row(module, f"{problem}", **changes)
        for module in MODULES
        for problem, changes in (
            ("timeout is 0 seconds; it must be more than 0", {"timeout": 0}),
            ("timeout is -1 seconds; it must be more than 0", {"timeout": -1}),
            ("timeout is nan seconds", {"timeout": math.nan}),
            ("timeout is inf seconds", {"timeout": math.inf}),
            ("retries is -1; it has to be from 0 to 10", {"retries": -1}),
            ("retries is 11; it has to be from 0 to 10", {"retries": 11}),
            ("retries is true; give a whole number", {"retries": True}),
            ("settle_timeout is -1; give seconds, 0 or more", {"settle_timeout": -1}),
            ("settle_timeout is nan; give seconds", {"settle_timeout": math.nan}),
            ("validate_certs|valid boolean", {"validate_certs": "perhaps"}),
            ("ca_path /nonexistent/ca.pem does not exist", {"ca_path": "/nonexistent/ca.pem"}),
            ("ca_path |control characters", {"ca_path": "a\0b"}),
            ("ca_path |too long", {"ca_path": "x" * 100_000}),
            ("ca_path is given but validate_certs is false", {"ca_path": os.devnull, "validate_certs": False}),
            ("profile ../x is the name of a profile, not a path", {"profile": "../x"}),
            ("profile a/b is the name of a profile, not a path", {"profile": "a/b"}),
            ("profile ' a' has blanks around it", {"profile": " a"}),
            ("profile |unprintable", {"profile": "a\0b"}),
            ("profile |has 100000 characters", {"profile": "x" * 100_000}),
            ("Profile nobody was not found; looked at: |(no such file)", {"profile": "nobody"}),
        )
        # What only reads has nothing to settle.
        if set(changes) <= set(spec_of(module).options)
    ),
    huawei("region is missing|HW_REGION_NAME", {"HW_REGION_NAME": " ", "HUAWEICLOUD_CFW_ENDPOINT": ""}),
    huawei("project_id and region are both missing", {"HW_REGION_NAME": "", "HUAWEICLOUD_SDK_PROJECT_ID": ""}),
    huawei("HW_REGION_NAME 'cn north 4' is not a region id|cn-north-4", {"HW_REGION_NAME": "cn north 4"}),
    *(
        huawei("region |is not a region id; one looks like cn-north-4", region=text)
        for text in ("cn-north-4.example.com", "cn-north-4/", "CN-NORTH-4", "x" * 100_000, "-", "a\0b")
    ),
    *(huawei("project_id |is no project id", project_id=text) for text in ("a b", "a/b", "..", "x" * 1000, "a\0b")),
    huawei("HUAWEICLOUD_SDK_AK|'a/b' is no project id", {"HUAWEICLOUD_SDK_PROJECT_ID": "a/b"}),
    *(
        huawei("enterprise_project_id |is no id|0 for the default", enterprise_project_id=text)
        for text in ("a b", " 0", "a&b=c", "x" * 1000, *CONTROL)
    ),
    huawei("HW_ENTERPRISE_PROJECT_ID 'a b' is no id", {"HW_ENTERPRISE_PROJECT_ID": "a b"}),
]

BOTH_MISSING = "No credential for|looked at, in this order: options |(blank)|(no such file)|instance_metadata is false"
CREDENTIALS = [
    huawei(f"{BOTH_MISSING}|HW_AUTH_TOKEN|CLOUD_SDK_AK", {"HUAWEICLOUD_SDK_AK": "", "HUAWEICLOUD_SDK_SK": " "}),
    tencent(BOTH_MISSING, {"TENCENTCLOUD_SECRET_ID": "", "TENCENTCLOUD_SECRET_KEY": " "}),
    huawei("HUAWEICLOUD_SDK_SK is set but HUAWEICLOUD_SDK_AK is blank|whole credential", {"HUAWEICLOUD_SDK_AK": ""}),
    huawei("HUAWEICLOUD_SDK_AK is set but HUAWEICLOUD_SDK_SK is blank", {"HUAWEICLOUD_SDK_SK": " "}),
    tencent("TENCENTCLOUD_SECRET_KEY is set but TENCENTCLOUD_SECRET_ID is blank", {"TENCENTCLOUD_SECRET_ID": ""}),
    tencent("TENCENTCLOUD_SECRET_KEY has blanks or line breaks", {"TENCENTCLOUD_SECRET_KEY": f"{PLANTED}\n"}),
    huawei("HUAWEICLOUD_SDK_SK has blanks or line breaks", {"HUAWEICLOUD_SDK_SK": f" {PLANTED}"}),
    huawei("HUAWEICLOUD_SDK_SK contains a character", {"HUAWEICLOUD_SDK_SK": f"{PLANTED} {PLANTED}"}),
    huawei("HUAWEICLOUD_SDK_AK contains a character", {"HUAWEICLOUD_SDK_AK": f"{PLANTED}\u00e9"}),
    huawei("HUAWEICLOUD_SDK_AK contains a character", {"HUAWEICLOUD_SDK_AK": f"{PLANTED}\udcff"}),
    tencent(
        "TENCENTCLOUD_TOKEN and TENCENTCLOUD_SECURITY_TOKEN are set and differ",
        {"TENCENTCLOUD_TOKEN": f"{PLANTED}-1", "TENCENTCLOUD_SECURITY_TOKEN": f"{PLANTED}-2"},
    ),
    huawei("access_key is set but secret_key is not", access_key=PLANTED),
    huawei("secret_key is set but access_key is not", secret_key=PLANTED),
    huawei("access_key is set but secret_key is blank", access_key=PLANTED, secret_key=" "),
    huawei("security_token is set but access_key and secret_key are not", security_token=PLANTED),
    huawei("secret_key has blanks", access_key=PLANTED, secret_key=f"{PLANTED} "),
    huawei("auth_token and access_key are both set", auth_token=PLANTED, access_key=f"{PLANTED}-ak"),
    huawei("auth_token has blanks", auth_token=f"\t{PLANTED}"),
    huawei("auth_token contains a character", auth_token=f"{PLANTED}\r\nX-Injected: 1"),
    tencent("secret_id is set but secret_key is not", secret_id=PLANTED),
    tencent("secret_key is set but secret_id is not", secret_key=PLANTED),
    tencent("token is set but secret_id and secret_key are not", token=PLANTED),
    tencent("secret_id has blanks", secret_id=f" {PLANTED}", secret_key=PLANTED),
    *(
        huawei(f"profile and {name} are both given|not both", profile="x", **{name: PLANTED})
        for name in ("access_key", "secret_key", "security_token", "auth_token")
    ),
    *(
        tencent(f"profile and {name} are both given|not both", profile="x", **{name: PLANTED})
        for name in ("secret_id", "secret_key", "token")
    ),
]


@pytest.mark.parametrize(("module", "options", "environ", "says"), [*CAPTURES, *RULES, *CONNECTIONS, *CREDENTIALS])
def test_bad_input_is_refused(
    host: Host, emu: Emulator, module: str, options: dict[str, Any], environ: dict[str, str], says: list[str]
) -> None:
    outcome = host.run(module, options_of(module, options), environ=environ)
    check_refusal(outcome, emu, says)


def test_a_password_in_an_endpoint_is_not_repeated(host: Host, emu: Emulator) -> None:
    outcome = host.run(TENCENT, {**VALID[TENCENT], "endpoint": f"https://user:{PLANTED}@cfw.example.com"})
    assert "contains a user name or password" in outcome.msg
    assert PLANTED not in outcome.msg
    assert emu.log == []


# Files

INI, TCCLI, TENCENT_INI = ".huaweicloud/credentials", ".tccli/case.credential", ".tencentcloud/credentials"
HALF_INI = f"[case]\nak = {PLANTED}\n"
FILES = [
    (HUAWEI, INI, None, "can't be read: Is a directory"),
    (HUAWEI, INI, b"\xff\xfe\0\1", "is not text in UTF-8"),
    (HUAWEI, INI, f"ak = {PLANTED}\n", "line 1 is malformed"),
    (HUAWEI, INI, f"[case]\nak = a\n[case]\nak = {PLANTED}\n", "line 3 is malformed or a repetition"),
    (HUAWEI, INI, f"[case]\n{PLANTED}\n", "line 2 is malformed"),
    (HUAWEI, INI, "[other]\nak = a\nsk = b\n", "(no section [case])"),
    (HUAWEI, INI, "", "(no section [case])"),
    (HUAWEI, INI, "[case]\n", "has no ak and sk"),
    (HUAWEI, INI, HALF_INI, "ak in section [case] of |is set but sk in section [case] of |is not"),
    (HUAWEI, INI, f"{HALF_INI}sk = \n", "is set but sk in section [case] of |is blank"),
    (HUAWEI, INI, f"{HALF_INI}sk = {PLANTED} {PLANTED}\n", "sk in section [case] of |contains a character"),
    (HUAWEI, INI, f"{HALF_INI}sk = {PLANTED}\nproject_id = a/b\n", "'a/b' is no project id"),
    (TENCENT, TCCLI, None, "can't be read: Is a directory"),
    (TENCENT, TCCLI, b"\x89PNG\r\n\x1a\n", "is not text in UTF-8"),
    (TENCENT, TCCLI, "", "can't be read as JSON: line 1"),
    (TENCENT, TCCLI, f"{{'secretId': '{PLANTED}'}}", "can't be read as JSON: line 1"),
    (TENCENT, TCCLI, f'["{PLANTED}"]', "holds no JSON object"),
    (TENCENT, TCCLI, "[" * 100_000, "can't be read as JSON"),
    (TENCENT, TCCLI, '{"secretId": 1' + "0" * 5000 + "}", "secretId|can't be read as JSON"),
    (TENCENT, TCCLI, "{}", "has no secretId and secretKey"),
    (TENCENT, TCCLI, f'{{"secretId": "{PLANTED}"}}', "secretKey in |is not"),
    (TENCENT, TCCLI, f'{{"secretId": ["{PLANTED}"]}}', "secretId in |is not a text"),
    (TENCENT, TCCLI, f'{{"type": "sso", "secretId": "{PLANTED}"}}', "is of type sso"),
    (TENCENT, TCCLI, f'{{"type": "cvm-role", "secretId": "{PLANTED}"}}', "set instance_metadata: true"),
    (TENCENT, TCCLI, f'{{"role-arn": "x", "secretId": "{PLANTED}"}}', "names a role to assume"),
    (TENCENT, TENCENT_INI, f"[case]\nsecret_key = {PLANTED}\n", "secret_id in section [case] of |is not"),
]


@pytest.mark.parametrize(("module", "name", "content", "says"), FILES, ids=lambda value: str(value)[:40])
def test_a_credentials_file_that_is_no_good(
    host: Host, emu: Emulator, module: str, name: str, content: str | bytes | None, says: str
) -> None:
    path = host.home / name
    path.parent.mkdir()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    outcome = host.run(module, {**VALID[module], "profile": "case"})
    # A number of thousands of digits is refused by the JSON parser of some Pythons and by us on others.
    words = says.split("|") if "secretId|can't" not in says else []
    check_refusal(outcome, emu, words)
    assert str(path) in outcome.msg or "no project id" in outcome.msg


PROTECTED_FILES = [
    (b"192.0.2.1\noffice\n", "', line 2: 'office' is a host name"),
    (b"# ours\n192.0.2.0/24\n192.0.2.1/24  # host bits\n", "', line 3: '192.0.2.1/24' has host bits set"),
    (b"192.0.2.1, 192.0.2.2\n", "', line 1: |give an IPv4 or IPv6 address"),
    (b"", "holds no entry|one address or prefix a line"),
    (b"# nothing yet\n\n", "holds no entry"),
    (b"192.0.2.1\n\xff\xfe", "', line 2: is not UTF-8 text"),
    (b"\x7fELF\x02\x01\x01\0", "', line 1: "),
    (b"192.88.99.0/24\n", "192.88.99.7 (protected by 192.88.99.0/24 from |, line 1)"),
]


@pytest.mark.parametrize(("content", "says"), PROTECTED_FILES)
def test_a_protected_file_that_refuses_the_task(host: Host, emu: Emulator, content: bytes, says: str) -> None:
    path = host.home / "protected.txt"
    path.write_bytes(content)
    outcome = host.run(TENCENT, {**VALID[TENCENT], "protected_file": "~/protected.txt"})
    check_refusal(outcome, emu, [str(path), *says.split("|")])


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/nonexistent/protected.txt", "can't be read: No such file or directory; name a readable text file"),
        ("~", "is not a regular file"),
        (os.devnull, "is not a regular file"),
        *((text, "control characters") for text in CONTROL),
        ("x" * 100_000, "is too long"),
        ("x" * 300, "can't be read: File name too long"),
    ],
)
def test_a_protected_file_that_can_not_be_read(host: Host, emu: Emulator, path: str, says: str) -> None:
    outcome = host.run(TENCENT, {**VALID[TENCENT], "protected_file": path})
    check_refusal(outcome, emu, ["protected_file ", says])


# What is at the edge, and right

GOOD = [
    row(HUAWEI, "", duration=1, max_packets=1),
    row(HUAWEI, "", max_packets="1000000"),
    row(HUAWEI, "", name="x" * 255),
    row(HUAWEI, "", name="\u53d6\u8bc1 INC-2041"),
    row(HUAWEI, "", source={"address": "192.88.99.7/32"}),
    row(HUAWEI, "", source={"address": "192.88.99.0/24"}),
    row(HUAWEI, "", source="address=192.88.99.7", service="protocol=tcp,dest_port=443"),
    row(HUAWEI, "", service={"protocol": "tcp", "source_port": 1, "dest_port": "1-65535"}),
    row(HUAWEI, "", service={"dest_port": None}, wait_timeout=None, task_id=None),
    row(HUAWEI, "", service=None),
    row(HUAWEI, "", task_id=" ", region="", endpoint=" ", ca_path="", profile="", access_key="", secret_key=" "),
    row(HUAWEI, "", state="absent", name=None, task_id="a-b"),
    row(HUAWEI, "", state="absent", task_id=" ", source=None, duration=None),
    row(TENCENT, "", comment="x" * 50),
    row(TENCENT, "", comment="\u6848" * 50),
    row(TENCENT, "", comment="\U0001f6e1" * 50),
    row(TENCENT, "", ips="192.88.99.7, 192.88.99.8,"),
    row(TENCENT, "", ips=["192.88.99.7/32", "2001:4860::8888/128", " 192.88.99.7\n", ""]),
    row(TENCENT, "", ips=["10.1.2.3"], direction="intranet"),
    row(TENCENT, "", ips=["10.1.2.3"], allow_protected=["10.1.2.3"], allow_protected_reason="a drill"),
    row(TENCENT, "", ips=["10.1.2.3"], action="allow"),
    row(TENCENT, "", ips=["10.1.2.3"], state="absent"),
    row(TENCENT, "", duration=" 3650d ", renew_within="", alert_window=" ", batch_size=100),
    row(TENCENT, "", duration="permanent", renew_within="1h"),
    row(TENCENT, "", alert_ids="", comment=None, renew_within=None, protected=None),
    row(TENCENT, "", {"SECOPS_CFW_PROTECTED": " \n"}, protected=["", " "], protected_file="", allow_protected=[]),
]


@pytest.mark.parametrize(("module", "options", "environ", "says"), GOOD)
def test_what_is_just_right_is_taken(
    host: Host, emu: Emulator, module: str, options: dict[str, Any], environ: dict[str, str], says: list[str]
) -> None:
    outcome = host.run(module, options_of(module, options), check=True, environ=environ)
    assert outcome.msg == ""
    assert not outcome.failed
    assert emu.log
    assert emu.writes() == 0


# Whatever the option, and whatever the module

ODD: tuple[Any, ...] = ("", "a\0b", "x" * 10_000, [], {}, -1, 10**30, math.nan, True, "\ud800")


EVERY_OPTION = [(module, option) for module in MODULES for option in spec_of(module).options]


@pytest.mark.parametrize(("module", "option"), EVERY_OPTION)
def test_no_value_of_any_option_makes_it_crash(host: Host, emu: Emulator, module: str, option: str) -> None:
    if option.endswith("endpoint"):
        # Some of these are names of hosts: without a credential nobody asks for them.
        host.environ = {}
    for value in ODD:
        outcome = host.run(module, {**VALID[module], "retries": 0, option: value}, check=True)
        assert "Traceback" not in outcome.output
        assert "exception" not in outcome.result
        assert outcome.failed == bool(outcome.msg)
    assert emu.writes() == 0


@pytest.mark.parametrize(("module", "option"), EVERY_OPTION)
def test_null_counts_as_not_given(host: Host, emu: Emulator, module: str, option: str) -> None:
    prepare(emu, module)
    without = {name: value for name, value in VALID[module].items() if name != option}
    empty = host.run(module, {**without, option: None}, check=True)
    absent = host.run(module, without, check=True)
    if empty.failed:
        # ansible-core itself refuses it where there are choices or most defaults.
        assert option in empty.msg
        kind = spec_of(module).options[option]
        assert absent.failed or "choices" in kind or "default" in kind
    else:
        assert comparable(empty) == comparable(absent)


def comparable(outcome: Outcome) -> Any:
    """A result without its times."""
    kept = {name: value for name, value in outcome.result.items() if name not in ("invocation", "clock")}
    return json.loads(re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+", "then", json.dumps(kept)))


def test_every_module_has_valid_options() -> None:
    assert set(VALID) == set(MODULES)


def test_an_unreadable_home(emu: Emulator, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file", encoding="utf-8")
    host = Host(home, {name: value for name, value in emu.environ.items() if "SECRET" not in name})
    outcome = host.run(TENCENT, VALID[TENCENT])
    check_refusal(outcome, emu, ["No credential for Tencent Cloud", "no such file"])
