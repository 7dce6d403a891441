# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spellings of addresses, networks and ports, checked against the standard library's ipaddress."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.secops.cfw.plugins.module_utils._addresses import (
    Address,
    Network,
    address_text,
    canonical,
    is_one_line,
    network_of,
    parse_address,
    parse_network,
    parse_ports,
    parse_targets,
    shown,
    split_list,
)
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError

IPV4 = st.integers(0, 2**32 - 1)
# zeros in the middle, at the ends and everywhere are what compression is about
IPV6 = st.one_of(
    st.integers(0, 2**128 - 1),
    st.lists(st.sampled_from([0, 0, 0, 1, 0xABC, 0xFFFF]), min_size=8, max_size=8).map(
        lambda groups: sum(group << (16 * index) for index, group in enumerate(groups))
    ),
    IPV4,
    IPV4.map(lambda value: value | 0xFFFF << 32),
)


def expected(value: int) -> str:
    """The canonical form of an IPv6 address, by the standard library and RFC 5952 section 5."""
    address = ipaddress.IPv6Address(value)
    return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)


def spellings(value: int) -> st.SearchStrategy[str]:
    """Ways to write an IPv6 address: groups with and without leading zeros, any case, dotted tail, a run compressed."""

    @st.composite
    def write(draw: st.DrawFn) -> str:
        groups = [f"{value >> shift & 0xFFFF:x}" for shift in range(112, -1, -16)]
        groups = [group.zfill(draw(st.integers(len(group), 4))) for group in groups]
        if draw(st.booleans()):
            groups[6:] = [str(ipaddress.IPv4Address(value & 0xFFFFFFFF))]
        runs = [
            (start, end)
            for start in range(len(groups))
            for end in range(start + 1, len(groups) + 1)
            if all(group.strip("0") == "" for group in groups[start:end])
        ]
        run = draw(st.sampled_from([*runs, None]))
        text = ":".join(groups)
        if run is not None:
            text = ":".join(groups[: run[0]]) + "::" + ":".join(groups[run[1] :])
        text = "".join(draw(st.sampled_from([char.lower(), char.upper()])) for char in text)
        return text + draw(st.sampled_from(["", "/128"]))

    return write()


@given(IPV4)
def test_ipv4_is_canonical_as_written(value: int) -> None:
    text = str(ipaddress.IPv4Address(value))
    assert canonical(text) == text
    assert canonical(f" {text}/32\n") == text
    assert address_text(4, value) == text
    assert parse_address(text, "ips[0]") == Address(text, 4, value)


@given(IPV6.flatmap(lambda value: st.tuples(st.just(value), spellings(value))))
@example((0x0102_0304, "::1.2.3.4"))
@example((0xFFFF_0102_0304, "::FFFF:102:304"))
def test_ipv6_has_one_form_for_all_spellings(written: tuple[int, str]) -> None:
    value, text = written
    form = expected(value)
    assert canonical(text) == form
    assert canonical(form) == form
    assert address_text(6, value) == form
    assert parse_address(text, "ips[0]") == Address(form, 6, value)


@given(st.one_of(st.text("0123456789abcdefABCDEF:./ %-[]\0\n", max_size=45), st.text(max_size=20)))
@example("1:2:3:4:5:6:7::")
@example("1::2:3:4:5:6:7:8")
@example("00001::")
@example("::1.2.3.04")
@example("1.2.3.4/32/32")
@example("1.2.3.4 /32")
@example("1.2.3.4/128")
@example("::1/32")
@example("\ud800::")
def test_what_the_standard_library_refuses_is_no_address(text: str) -> None:
    stripped = text.strip()
    base, _slash, prefix = stripped.partition("/")
    try:
        address = ipaddress.ip_address(base)
    except ValueError:
        good = False
    else:
        good = "%" not in base and (base == stripped or prefix == str(address.max_prefixlen))
    assert (canonical(text) is not None) == good
    if not good:
        with pytest.raises(InputError):
            parse_address(text, "ips[0]")


@given(st.one_of(IPV4.map(lambda value: (4, value)), IPV6.map(lambda value: (6, value))), st.integers(0, 128))
def test_networks_are_those_of_the_standard_library(address: tuple[int, int], prefix: int) -> None:
    version, value = address
    prefix = min(prefix, 32 if version == 4 else 128)
    theirs = (ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network)((value, prefix), strict=False)
    ours = network_of(version, value, prefix)
    assert (ours.first, ours.last) == (int(theirs[0]), int(theirs[-1]))
    assert parse_network(ours.text, "protected[0]") == ours
    assert parse_network(str(theirs), "protected[0]") == ours
    assert ours.text.partition("/")[0] == address_text(version, ours.first)


def test_single_addresses_have_no_slash() -> None:
    assert parse_network("203.0.113.7/32", "x").text == "203.0.113.7"
    assert parse_network("2001:DB8::7/128", "x").text == "2001:db8::7"
    assert parse_address("2001:DB8::7", "x").network == Network(6, 0x20010DB8 << 96 | 7, 128, "2001:db8::7")


ADDRESS_HINT = "; give a single IPv4 or IPv6 address such as 203.0.113.7"
NETWORK_HINT = "; give an IPv4 or IPv6 address or prefix such as 203.0.113.7 or 203.0.113.0/24"

WRONG = [
    ("", "'' is empty"),
    ("example.com", "'example.com' is a host name, not an IP address"),
    ("localhost", "'localhost' is a host name, not an IP address"),
    ("fw_01-a.example.", "'fw_01-a.example.' is a host name, not an IP address"),
    ("host/24", "'host/24' is a host name, not an IP address"),
    ("https://203.0.113.7/", "'https://203.0.113.7/' is a URL, not an IP address"),
    ("203.0.113.7,203.0.113.8", "'203.0.113.7,203.0.113.8' holds more than one item"),
    ("fe80::1%eth0", "'fe80::1%eth0' has a zone id"),
    ("[2001:db8::7]", "'[2001:db8::7]' has brackets"),
    ("[2001:db8::7]:443", "'[2001:db8::7]:443' has brackets and a port attached"),
    ("203.0.113.7:443", "'203.0.113.7:443' has a port attached"),
    ("203.0.113.7-203.0.113.9", "'203.0.113.7-203.0.113.9' is a range of addresses"),
    ("203.0.113.7-9", "'203.0.113.7-9' is a range of addresses"),
    ("203.0. 113.7", "'203.0. 113.7' has blanks or control characters inside"),
    ("203.0.113.7 /32", "'203.0.113.7 /32' has blanks or control characters inside"),
    ("203.0.113.7\n10.0.0.1", "'203.0.113.7\\n10.0.0.1' has blanks or control characters inside"),
    ("203.0.113.7\x1b[2J", "'203.0.113.7\\x1b[2J' has blanks or control characters inside"),
    ("010.0.0.1", "'010.0.0.1' has leading zeros, which some programs read as octal"),
    ("203.0.113.07", "'203.0.113.07' has leading zeros, which some programs read as octal"),
    ("203.0.113", "'203.0.113' is not an IP address: IPv4 has four numbers with dots between them"),
    ("203.0..7", "'203.0..7' is not an IP address: IPv4 has four numbers with dots between them"),
    ("3405803783", "'3405803783' is not an IP address: IPv4 has four numbers with dots between them"),
    ("203.0.113.256", "'203.0.113.256' is not an IP address: its numbers go from 0 to 255"),
    ("203.0.113.7/33", "'203.0.113.7/33' has no prefix length from 0 to 32 after the slash"),
    ("203.0.113.7/", "'203.0.113.7/' has no prefix length from 0 to 32 after the slash"),
    ("203.0.113.0/024", "'203.0.113.0/024' has no prefix length from 0 to 32 after the slash"),
    ("203.0.113.0/24/8", "'203.0.113.0/24/8' has no prefix length from 0 to 32 after the slash"),
    ("10.0.0.0/255.0.0.0", "'10.0.0.0/255.0.0.0' has no prefix length from 0 to 32 after the slash"),
    ("2001:db8::/129", "'2001:db8::/129' has no prefix length from 0 to 128 after the slash"),
    ("2001:db8::1::2", "'2001:db8::1::2' is not an IP address"),
    ("/24", "'/24' is not an IP address"),
    ("203.0.113.*", "'203.0.113.*' is not an IP address"),
    ("\uff12\uff10\uff13.0.113.7", "'\uff12\uff10\uff13.0.113.7' is not an IP address"),
    ("x" * 300, "'" + "x" * 57 + "...' is a host name, not an IP address"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_is_said_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(InputError) as address:
        parse_address(text, "ips[2]")
    assert address.value.message == f"ips[2]: {message}{ADDRESS_HINT}"
    assert address.value.code == "invalid_input"
    with pytest.raises(InputError) as network:
        parse_network(text, "protected[2]")
    assert network.value.message == f"protected[2]: {message}{NETWORK_HINT}"


def test_prefixes_are_no_single_addresses() -> None:
    with pytest.raises(InputError) as error:
        parse_address("203.0.113.0/24", "ips[0]")
    assert error.value.message == (
        "ips[0]: '203.0.113.0/24' is a prefix, and single addresses only are taken" + ADDRESS_HINT
    )
    with pytest.raises(InputError) as error:
        parse_address("2001:db8::7/64", "ips[0]")
    assert error.value.message == (
        "ips[0]: '2001:db8::7/64' is a prefix with host bits set, and single addresses only are taken" + ADDRESS_HINT
    )


def test_host_bits_name_the_network_that_was_meant() -> None:
    with pytest.raises(InputError) as error:
        parse_network("10.1.2.3/8", "protected[0]")
    assert error.value.message == (
        "protected[0]: '10.1.2.3/8' has host bits set; write 10.0.0.0/8 for the network or 10.1.2.3 for the address"
    )
    with pytest.raises(InputError, match=r"write 2001:db8::/64 for the network or 2001:db8::7 for the address"):
        parse_network("2001:DB8::7/64", "protected[0]")


def test_targets_are_folded_in_order() -> None:
    values = ["203.0.113.9", "2001:DB8:0::1", "203.0.113.9/32", "2001:db8::1/128", "203.0.113.7"]
    assert [target.text for target in parse_targets(values, "ips")] == ["203.0.113.9", "2001:db8::1", "203.0.113.7"]
    assert parse_targets([], "ips") == ()
    with pytest.raises(InputError, match=r"^ips\[1\]: 'example\.com' is a host name"):
        parse_targets(["203.0.113.9", "example.com"], "ips")


@given(st.integers(1, 65535), st.integers(1, 65535), st.sampled_from(["-", " - ", "- "]))
def test_ports_and_ranges(low: int, high: int, dash: str) -> None:
    low, high = sorted((low, high))
    text = parse_ports(f" {low}{dash}{high}", "service.dest_port")
    assert text == (f"{low}-{high}" if low < high else str(low))
    assert parse_ports(text, "service.dest_port") == text
    assert parse_ports(str(low), "service.dest_port") == str(low)
    if low < high:
        with pytest.raises(InputError, match=f"runs backwards; write {low}-{high}$"):
            parse_ports(f"{high}-{low}", "service.dest_port")


def test_no_port_means_all() -> None:
    assert parse_ports("", "x") == parse_ports("  ", "x") == ""


PORT_HINT = "; give one port such as 443 or a range such as 8000-8010, or leave it empty for all ports"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "'0' is out of range; ports go from 1 to 65535"),
        ("00", "'00' is out of range; ports go from 1 to 65535"),
        ("65536", "'65536' is out of range; ports go from 1 to 65535"),
        ("70000", "'70000' is out of range; ports go from 1 to 65535"),
        ("9" * 5000, "'" + "9" * 57 + "...' is out of range; ports go from 1 to 65535"),
        ("0-80", "'0-80' is out of range; ports go from 1 to 65535"),
        ("80-70000", "'80-70000' is out of range; ports go from 1 to 65535"),
        ("9-3", "'9-3' runs backwards; write 3-9"),
        ("080", f"'080' has leading zeros{PORT_HINT}"),
        ("80-090", f"'80-090' has leading zeros{PORT_HINT}"),
        ("-1", f"'-1' is not a port{PORT_HINT}"),
        ("80-", f"'80-' is not a port{PORT_HINT}"),
        ("80,443", f"'80,443' is not a port{PORT_HINT}"),
        ("1-2-3", f"'1-2-3' is not a port{PORT_HINT}"),
        ("https", f"'https' is not a port{PORT_HINT}"),
        ("\uff18\uff10", f"'\uff18\uff10' is not a port{PORT_HINT}"),
        ("80.0", f"'80.0' is not a port{PORT_HINT}"),
    ],
)
def test_bad_ports(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse_ports(text, "service.dest_port")
    assert error.value.message == f"service.dest_port: {message}"


@pytest.mark.parametrize(
    ("value", "items"),
    [
        (None, []),
        ("", []),
        (" , ,", []),
        ("203.0.113.7, 203.0.113.8,", ["203.0.113.7", "203.0.113.8"]),
        ([" 203.0.113.7 ", "", None, "  "], ["203.0.113.7"]),
        (("a", 7), ["a", "7"]),
        (7, ["7"]),
    ],
)
def test_lists(value: object, items: list[str]) -> None:
    assert split_list(value) == items


def test_texts_are_shown_short_and_escaped() -> None:
    assert shown("a" * 60) == "'" + "a" * 60 + "'"
    assert shown("a" * 61) == "'" + "a" * 57 + "...'"
    assert shown("a\r\n\u202eb") == r"'a\r\n\u202eb'"


@pytest.mark.parametrize(
    "hidden",
    [
        *(chr(number) for number in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0x200B, 0x2010))),
        *("\u2028", "\u2029", "\ufeff", "\u061c", "\u2060", "\U000e0041", "\n", "\x1b", "\x85", "\ud800"),
    ],
)
def test_what_hides_text_or_turns_it_around_is_no_line(hidden: str) -> None:
    assert not is_one_line(f"case {hidden}fdp.exe")


@pytest.mark.parametrize("text", ["", "ir:INC-1;", "\u00e9\u4e2d\u6587 \u05d0\u0627 \U0001f600 \u00a0\u2014"])
def test_text_of_any_script_is_a_line(text: str) -> None:
    assert is_one_line(text)
