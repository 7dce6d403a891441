# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Huawei's capture calls accept, and the code with which they refuse the rest (all HTTP 400).

Codes: 00200001 empty parameter, 00200010 wrong type or value, 00200027 bad address, 00200028 mixed families, 00200030
address type. Which of them the captures use is unpublished. Harsh where unknown: unknown fields and query parameters
are refused, so are host bits, ports with ICMP, blank names.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .checks import BadField, check_fields
from .wire import ApiError, WireRequest

EMPTY, WRONG_TYPE, BAD_ADDRESS, MIXED, ADDRESS_TYPE, NOT_JSON = (
    "CFW.00200001",
    "CFW.00200010",
    "CFW.00200027",
    "CFW.00200028",
    "CFW.00200030",
    "CFW.00300001",
)
ANY, ICMP, ICMPV6 = -1, 1, 58
PROTOCOLS = (ANY, ICMP, 6, 17, ICMPV6)
MAX_PACKETS = 1_000_000
LIST_LIMIT = 1024
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


@dataclass(frozen=True)
class Side:
    address: str
    address_type: int


@dataclass(frozen=True)
class Spec:
    """A checked create body, in the names of the list's records where they differ."""

    name: str
    duration: int
    max_packets: int
    source: Side
    destination: Side
    protocol: int
    source_port: str
    dest_port: str


def read_query(request: WireRequest, required: Sequence[str], optional: Sequence[str]) -> dict[str, str]:
    """The query parameters, each given once (except `ip`), the required ones present and not blank."""
    values: dict[str, str] = {}
    for name, value in request.query:
        if name not in required and name not in optional:
            raise ApiError(WRONG_TYPE, f"query parameter {name} is unknown")
        if name in values and name != "ip":
            raise ApiError(WRONG_TYPE, f"query parameter {name} is given twice")
        values[name] = value
    for name in required:
        if not values.get(name):
            raise ApiError(EMPTY, f"query parameter {name} is required")
    return values


def read_number(values: Mapping[str, str], name: str, least: int, most: int | None) -> int:
    if not re.fullmatch(r"\d{1,18}", values[name]):
        raise ApiError(WRONG_TYPE, f"query parameter {name} must be a whole number")
    number = int(values[name])
    if number < least or (most is not None and number > most):
        raise ApiError(WRONG_TYPE, f"query parameter {name} is out of range")
    return number


def read_body(
    request: WireRequest, required: Mapping[str, str], optional: Mapping[str, str] | None = None
) -> dict[str, Any]:
    media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ApiError("APIGW.0201", "the content type must be application/json")
    try:
        body = request.json()
    except ValueError:
        raise ApiError(NOT_JSON, "the body is no JSON") from None
    return _checked(body, "body", required, optional or {})


def read_spec(body: Mapping[str, Any], *, ports_with_any: bool) -> Spec:
    """The create body as a specification; `body` has its top-level fields already."""
    service = _checked(body["service"], "service", {"protocol": "int"}, {"source_port": "str", "dest_port": "str"})
    if not body["name"].strip():
        raise ApiError(EMPTY, "name is empty")
    _in_range("duration", body["duration"], 1, None)
    _in_range("max_packets", body["max_packets"], 1, MAX_PACKETS)
    source, destination = (_read_side(body[name], name) for name in ("source", "destination"))
    if source.address_type != destination.address_type:
        raise ApiError(MIXED, "source and destination are of different families")
    protocol = service["protocol"]
    if protocol not in PROTOCOLS:
        raise ApiError(WRONG_TYPE, "service.protocol is unknown")
    if protocol == (ICMPV6, ICMP)[source.address_type]:
        raise ApiError(WRONG_TYPE, "service.protocol does not fit the address family")
    ports = [service.get(name, "") for name in ("source_port", "dest_port")]
    for port in ports:
        _check_port(port)
    if any(ports) and (protocol in (ICMP, ICMPV6) or (protocol == ANY and not ports_with_any)):
        raise ApiError(WRONG_TYPE, "ports need protocol TCP or UDP")
    return Spec(body["name"], body["duration"], body["max_packets"], source, destination, protocol, ports[0], ports[1])


def check_public_addresses(addresses: Sequence[str], kind: str | None) -> None:
    """`type` and `ip` of ListCaptureResult: with type 1 up to three public addresses, otherwise none."""
    if kind not in (None, "0", "1"):
        raise ApiError(WRONG_TYPE, "query parameter type must be 0 or 1")
    if (kind == "1") != bool(addresses) or len(addresses) > 3:
        raise ApiError(WRONG_TYPE, "type 1 needs one to three ip parameters, type 0 takes none")
    for address in addresses:
        try:
            ipaddress.ip_network(address)
        except ValueError:
            raise ApiError(BAD_ADDRESS, "ip is no address") from None


def _read_side(value: Any, where: str) -> Side:
    side = _checked(value, where, {"address": "str", "address_type": "int", "type": "int"}, {})
    if side["type"] != 0:
        raise ApiError(WRONG_TYPE, f"{where}.type must be 0")
    if side["address_type"] not in (0, 1):
        raise ApiError(ADDRESS_TYPE, f"{where}.address_type must be 0 or 1")
    if not side["address"]:
        raise ApiError("CFW.00200041", f"{where}.address is empty")
    try:
        if "%" in side["address"]:
            raise ValueError("zone id")
        network = ipaddress.ip_network(side["address"])
    except ValueError:
        raise ApiError(BAD_ADDRESS, f"{where}.address is no address") from None
    if network.version != (4, 6)[side["address_type"]]:
        raise ApiError(ADDRESS_TYPE, f"{where}.address does not fit its address_type")
    return Side(side["address"], side["address_type"])


def _check_port(text: str) -> None:
    if not text:
        return
    match = _PORTS.fullmatch(text)
    if match is None:
        raise ApiError(WRONG_TYPE, "a port must be one number or a-b")
    low, high = int(match.group(1)), int(match.group(2) or match.group(1))
    if not 1 <= low <= high <= 65535:
        raise ApiError(WRONG_TYPE, "ports must lie within 1-65535, the lower one first")


def _in_range(name: str, number: int, least: int, most: int | None) -> None:
    if number < least or (most is not None and number > most):
        raise ApiError(WRONG_TYPE, f"{name} is out of range")


def _checked(value: Any, where: str, required: Mapping[str, str], optional: Mapping[str, str]) -> dict[str, Any]:
    try:
        return check_fields(value, where, required, optional)
    except BadField as bad:
        raise ApiError(EMPTY if bad.kind == "missing" else WRONG_TYPE, bad.message) from None
