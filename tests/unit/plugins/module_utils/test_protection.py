# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused, what is exempted, and where protected entries come from."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from yaml import safe_load

from ansible_collections.secops.cfw.plugins.doc_fragments.protection import ModuleDocFragment
from ansible_collections.secops.cfw.plugins.module_utils import _protection
from ansible_collections.secops.cfw.plugins.module_utils._addresses import (
    Network,
    address_text,
    network_of,
    parse_network,
    parse_targets,
)
from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._errors import InputError
from ansible_collections.secops.cfw.plugins.module_utils._protection import (
    PROTECTION,
    Protected,
    Verdict,
    judge,
    read_protected,
)


def context(**environ: str) -> Context:
    return Context(environ=environ, home="/nonexistent")


def protected(*entries: str) -> Protected:
    return read_protected(entries, None, context())


def judged(target: str, *entries: str, intranet: bool = False) -> Verdict:
    return judge([parse_network(target, "target")], protected(*entries), intranet=intranet)


def code(target: str, *entries: str, intranet: bool = False) -> str:
    """The code by which a target is refused; '' if it is not."""
    refused = judged(target, *entries, intranet=intranet).refused
    return refused[0]["code"] if refused else ""


# The special ranges


NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "127.0.0.1",
    "127.255.255.255",
    "100.100.100.200",
    "169.254.169.254",
    "169.254.0.23",
    "192.0.0.8",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "100::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
]
PRIVATE = [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "fc00::1",
    "fdff::1",
    "2001:2::1",
    "5f00::1",
]
PUBLIC = [
    "1.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2400:cb00::1",
    "fbff::1",
]
DOCUMENTATION = ["192.0.2.1", "198.51.100.1", "203.0.113.255", "2001:db8:ffff::1", "3fff:fff::1"]


@pytest.mark.parametrize("target", NEVER)
def test_special_ranges_are_refused_whatever_is_said(target: str) -> None:
    assert code(target) == code(target, intranet=True) == "never"
    verdict = judge(parse_targets([target], "ips"), protected(), allow_protected=[target], reason="because")
    assert [row["code"] for row in verdict.refused] == ["never"]
    assert verdict.exempted == []


@pytest.mark.parametrize("target", PRIVATE)
def test_private_ranges_are_refused_but_for_the_intranet(target: str) -> None:
    assert code(target) == "private"
    assert code(target, intranet=True) == ""
    assert judged(target, intranet=True).warnings == []


@pytest.mark.parametrize("target", PUBLIC)
def test_the_neighbours_of_special_ranges_are_free(target: str) -> None:
    verdict = judged(target)
    assert (verdict.refused, verdict.warnings) == ([], [])


@pytest.mark.parametrize("target", DOCUMENTATION)
def test_documentation_ranges_only_warn(target: str) -> None:
    verdict = judged(target)
    assert verdict.refused == []
    assert verdict.warnings == [f"Addresses of documentation ranges, from which no real traffic comes: {target}"]


@pytest.mark.parametrize("target", ["0.0.0.0/0", "::/0"])
def test_everything_is_always_refused(target: str) -> None:
    for only_protected in (False, True):
        verdict = judge(
            [parse_network(target, "target")],
            protected(),
            intranet=True,
            allow_protected=[target],
            reason="because",
            only_protected=only_protected,
        )
        assert [(row["target"], row["code"]) for row in verdict.refused] == [(target, "everything")]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("126.0.0.0/7", "never"),
        ("192.0.0.0/16", "never"),
        ("8.0.0.0/6", "private"),
        ("172.0.0.0/11", "private"),
        ("f000::/4", "never"),
        ("2000::/3", "never"),  # with 6to4, so with 127.0.0.1
        ("2001:0:101:101::/64", "never"),  # all clients of a Teredo server
        ("::/64", "never"),
        ("2400::/12", ""),
        ("11.0.0.0/8", ""),
    ],
)
def test_prefixes_that_contain_special_addresses(target: str, expected: str) -> None:
    assert code(target) == expected


def test_special_ranges_of_a_class_do_not_overlap() -> None:
    for ranges in (_protection.NEVER, _protection.PRIVATE, _protection.DOCUMENTATION):
        networks = sorted((row.network.version, row.network.first, row.network.last) for row in ranges)
        for (version, _first, last), (next_version, first, _last) in zip(networks, networks[1:]):
            assert version != next_version or last < first


# Addresses inside addresses


def dotted(pattern: str) -> Callable[[int], str]:
    return lambda value: pattern.replace("*", str(ipaddress.IPv4Address(value)))


def teredo(value: int) -> str:
    # its server is a public address
    return address_text(6, 0x20010000 << 96 | 0x08080808 << 64 | 0x8000F227 << 32 | value ^ 0xFFFFFFFF)


def teredo_server(value: int) -> str:
    return address_text(6, 0x20010000 << 96 | value << 64 | 0x08080808 ^ 0xFFFFFFFF)


def nat64_of_64_bits(value: int) -> str:
    """RFC 6052 section 2.2: the IPv4 address after the 64 bits of the prefix and 8 bits of zeros."""
    return address_text(6, 0x0064FF9B0001BEEF << 64 | value << 24)


EMBEDDED: dict[str, Callable[[int], str]] = {
    "IPv4-mapped": dotted("::ffff:*"),
    "IPv4-compatible": dotted("::*"),
    "IPv4-translated": dotted("::ffff:0:*"),
    "NAT64": dotted("64:ff9b::*"),
    "NAT64, local": dotted("64:ff9b:1::*"),
    "NAT64, local, chosen prefix": dotted("64:ff9b:1:fffe::*"),
    "6to4": lambda value: address_text(6, 0x2002 << 112 | value << 80 | 0x1234),
    "Teredo client": teredo,
    "Teredo server": teredo_server,
}
IPV4 = st.one_of(
    st.integers(0, 2**32 - 1),
    st.sampled_from([int(ipaddress.ip_address(text)) for text in NEVER + PRIVATE + PUBLIC if "." in text]),
)


@pytest.mark.parametrize("kind", EMBEDDED)
@given(value=IPV4, intranet=st.booleans())
def test_embedded_addresses_are_refused_exactly_when_the_inner_one_is(kind: str, value: int, intranet: bool) -> None:
    # a tail of zeros is another layout of the local NAT64 prefix
    assume(value & 0xFFFFFF or "local" not in kind)
    # ::1 is itself something else
    assume(value != 1 or kind != "IPv4-compatible")
    inner = address_text(4, value)
    assert code(EMBEDDED[kind](value), intranet=intranet) == code(inner, intranet=intranet)


@pytest.mark.parametrize("kind", EMBEDDED)
@settings(max_examples=25, deadline=None)  # each example judges a dozen pairs
@given(value=IPV4)
@example(value=0x01010101)
def test_protected_entries_hold_in_every_spelling(kind: str, value: int) -> None:
    assume(code(address_text(4, value), intranet=True) == "")
    assume(value & 0xFFFFFF)  # a tail of zeros is another layout of the local NAT64 prefix
    inner, outer = address_text(4, value), EMBEDDED[kind](value)
    assert code(outer, inner, intranet=True) == "protected"
    assert code(inner, outer, intranet=True) == "protected"
    others = parse_targets([spell(value) for spell in EMBEDDED.values()], "ips")
    refused = judge(others, protected(outer), intranet=True).refused
    assert [row["code"] for row in refused] == ["protected"] * len(others)
    assert code(address_text(4, value ^ 1), outer, intranet=True) == ""


def test_nat64_with_a_chosen_layout() -> None:
    assert code(nat64_of_64_bits(0x0A010203)) == "private"
    assert code(nat64_of_64_bits(0x0A010203), "10.1.2.3", intranet=True) == "protected"
    assert code(nat64_of_64_bits(0x01010101)) == ""
    # RFC 6052 section 2.2, a prefix of 48 bits: it can't be told from 0.0.0.0 with 96 bits
    assert code("64:ff9b:1:0a01:2:0300::") == "never"


@pytest.mark.parametrize(
    ("target", "entry", "expected"),
    [
        ("10.1.2.3", "::ffff:10.0.0.0/104", "protected"),
        ("11.1.2.3", "::ffff:10.0.0.0/104", ""),
        ("::ffff:10.0.0.0/104", "10.1.2.3", "protected"),
        ("2002:a00::/24", "10.1.2.3", "protected"),
        ("2002:a00::/24", "11.1.2.3", ""),
        ("10.1.2.3", "2002:a00::/24", "protected"),
        ("10.1.2.3", "2002:a01:203:1::/64", "protected"),
        ("11.0.0.1", "::ffff:0:0/96", "protected"),  # IPv4 itself, in another spelling
        ("11.0.0.1", "::fffe:0:0/95", ""),  # an entry about something else
        ("11.0.0.1", "2000::/3", ""),
        ("11.0.0.1", "2002::/16", ""),
        ("2002:b00:1::1", "2002::/16", "protected"),
        ("11.0.0.1", "64:ff9b:1::/48", ""),
        ("11.0.0.1", "0.0.0.0/0", "protected"),
        ("2400::1", "::/0", "protected"),
        ("2400::1", "0.0.0.0/0", ""),
        ("11.0.0.1", "::/0", ""),
        ("::ffff:11.0.0.1", "0.0.0.0/0", "protected"),
    ],
)
def test_prefixes_with_addresses_inside(target: str, entry: str, expected: str) -> None:
    assert code(target, entry, intranet=True) == expected


def test_embedded_targets_warn_of_the_spelling() -> None:
    verdict = judge(parse_targets(["2002:101:101::1", "::ffff:1.1.1.2", "2002:101:103::1"], "ips"), protected())
    assert verdict.refused == []
    assert verdict.warnings == [
        "6to4 addresses, of which the rule hits only this IPv6 spelling: "
        "2002:101:101::1 (inside: 1.1.1.1), 2002:101:103::1 (inside: 1.1.1.3)",
        "IPv4-mapped addresses, of which the rule hits only this IPv6 spelling: ::ffff:1.1.1.2 (inside: 1.1.1.2)",
    ]


# Overlap


@st.composite
def plain_networks(draw: st.DrawFn) -> Network:
    """Networks that are neither special nor carry IPv4 addresses, near enough to each other to overlap often."""
    if draw(st.booleans()):
        return network_of(4, 0x2D000000 | draw(st.integers(0, 255)), draw(st.integers(22, 32)))
    return network_of(6, 0x2400 << 112 | draw(st.integers(0, 255)), draw(st.integers(16, 128)))


def std(network: Network) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(network.text)


def overlap(one: Network, other: Network) -> bool:
    """By the standard library."""
    left, right = std(one), std(other)
    return left.version == right.version and left.overlaps(right)


@given(plain_networks(), plain_networks())
def test_overlap_is_refused_in_either_direction(one: Network, other: Network) -> None:
    expected = "protected" if overlap(one, other) else ""
    assert code(one.text, other.text) == code(other.text, one.text) == expected


@given(plain_networks(), st.data())
def test_every_address_inside_and_every_prefix_around(entry: Network, data: st.DataObject) -> None:
    inside = data.draw(st.integers(entry.first, entry.last))
    assert code(address_text(entry.version, inside), entry.text) == "protected"
    around = data.draw(st.integers(10 if entry.version == 4 else 13, entry.prefix))
    assert code(network_of(entry.version, inside, around).text, entry.text) == "protected"


@given(st.lists(plain_networks(), max_size=12), st.lists(plain_networks(), max_size=12))
def test_many_entries_refuse_what_one_of_them_overlaps(targets: list[Network], entries: list[Network]) -> None:
    in_force = protected(*(entry.text for entry in entries))
    verdict = judge(targets, in_force)
    expected = [target.text for target in targets if any(overlap(target, entry) for entry in entries)]
    assert [row["target"] for row in verdict.refused] == expected
    for row in verdict.refused:
        assert overlap(parse_network(row["target"], "x"), parse_network(row["entry"], "x"))
    for target in targets:
        assert (in_force.find(target) is not None) == (target.text in expected)


def test_an_entry_is_found_for_an_address() -> None:
    found = protected("203.0.113.0/24").find(parse_targets(["::ffff:203.0.113.7"], "ips")[0])
    assert found is not None
    assert (found.network.text, found.source, found.place) == ("203.0.113.0/24", "protected", "protected[0]")


def test_only_protected_entries_count_where_that_is_asked() -> None:
    targets = parse_targets(["10.0.0.1", "127.0.0.1", "203.0.113.7", "203.0.113.8"], "ips")
    verdict = judge(targets, protected("203.0.113.8"), only_protected=True)
    assert [row["target"] for row in verdict.refused] == ["203.0.113.8"]
    assert verdict.warnings == []


# The verdict


def test_a_refusal_says_what_why_and_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "protected.txt"
    file.write_text("# ours\n\n198.51.100.0/24\n")
    in_force = read_protected(["203.0.113.7"], str(file), context(SECOPS_CFW_PROTECTED="2001:db8::/32"))
    targets = ["203.0.113.7", "198.51.100.9", "2001:db8::7", "64:ff9b::10.0.0.1", "45.0.0.1"]
    verdict = judge(parse_targets(targets, "ips"), in_force)
    reasons = {
        "203.0.113.7": "protected by 203.0.113.7 from protected[0]",
        "198.51.100.9": f"protected by 198.51.100.0/24 from {file}, line 3",
        "2001:db8::7": "protected by 2001:db8::/32 from SECOPS_CFW_PROTECTED",
        "64:ff9b::a00:1": "NAT64 address of 10.0.0.1: private, 10.0.0.0/8, RFC 1918",
    }
    assert {row["target"]: row["reason"] for row in verdict.refused} == reasons
    assert [row["code"] for row in verdict.refused] == ["protected", "protected", "protected", "private"]
    assert [row["entry"] for row in verdict.refused] == [
        "203.0.113.7",
        "198.51.100.0/24",
        "2001:db8::/32",
        "10.0.0.0/8",
    ]
    assert [row["source"] for row in verdict.refused] == [
        "protected",
        str(file),
        "SECOPS_CFW_PROTECTED",
        "built-in",
    ]
    summary = {"entries": 3, "sources": {"protected": 1, "SECOPS_CFW_PROTECTED": 1, str(file): 1}}
    assert verdict.summary == summary
    with pytest.raises(InputError) as error:
        verdict.check("use the direction intranet for private addresses")
    assert error.value.code == "protected_target"
    assert error.value.message == "Refused, and nothing was changed: " + "; ".join(
        f"{target} ({reason})" for target, reason in reasons.items()
    )
    assert error.value.hint == (
        "Take them out of the targets; "
        "to include one all the same, name it in allow_protected and say why in allow_protected_reason; "
        "use the direction intranet for private addresses"
    )
    assert error.value.result == {"refused": verdict.refused, "protection": {**summary, "exempted": []}}


def test_the_hint_offers_only_what_helps() -> None:
    with pytest.raises(InputError) as error:
        judged("127.0.0.1").check("not to be seen")
    assert error.value.hint == "Take them out of the targets; special ranges can't be exempted"


def test_a_long_refusal_is_cut_in_the_message_only() -> None:
    verdict = judge(parse_targets([f"10.0.0.{number}" for number in range(1, 14)], "ips"), protected())
    with pytest.raises(InputError, match=r"10\.0\.0\.10 \([^)]*\); and 3 more$") as error:
        verdict.check()
    assert len(error.value.result["refused"]) == 13


def test_nothing_refused_passes() -> None:
    verdict = judge(parse_targets(["45.0.0.1"], "ips"), protected())
    verdict.check()
    assert verdict == Verdict(summary={"entries": 0, "sources": {}})


@pytest.mark.parametrize(("count", "end"), [(10, ", 203.0.113.9"), (12, ", 203.0.113.9 and 2 more")])
def test_long_warnings_are_cut(count: int, end: str) -> None:
    verdict = judge(parse_targets([f"203.0.113.{number}" for number in range(count)], "ips"), protected())
    assert len(verdict.warnings) == 1
    assert verdict.warnings[0].endswith(end)


# Exemptions


def test_exact_targets_are_exempted_and_recorded() -> None:
    targets = parse_targets(["10.0.0.1", "10.0.0.2", "203.0.113.7", "45.0.0.1"], "ips")
    verdict = judge(
        targets,
        protected("203.0.113.0/24"),
        allow_protected=[" 10.0.0.1/32", "", "203.0.113.7", "45.0.0.1"],
        reason=" an infected host ",
    )
    assert [row["target"] for row in verdict.refused] == ["10.0.0.2"]
    assert verdict.exempted == [
        {"target": "10.0.0.1", "because": "private, 10.0.0.0/8, RFC 1918", "reason": "an infected host"},
        {
            "target": "203.0.113.7",
            "because": "protected by 203.0.113.0/24 from protected[0]",
            "reason": "an infected host",
        },
    ]
    assert verdict.as_dict() == {"entries": 1, "sources": {"protected": 1}, "exempted": verdict.exempted}


@pytest.mark.parametrize("entry", ["10.0.0.0/8", "10.0.0.3", "::ffff:10.0.0.1"])
def test_an_exemption_that_is_no_target_warns(entry: str) -> None:
    verdict = judge(parse_targets(["10.0.0.1"], "ips"), protected(), allow_protected=[entry], reason="because")
    assert [row["target"] for row in verdict.refused] == ["10.0.0.1"]
    assert verdict.warnings == [f"allow_protected: {entry} is none of the targets, so it exempts nothing"]


@pytest.mark.parametrize("reason", [None, "", "  \n"])
def test_an_exemption_needs_a_reason(reason: str | None) -> None:
    with pytest.raises(InputError, match=r"^allow_protected: a reason is missing; say in allow_protected_reason why"):
        judge(parse_targets(["10.0.0.1"], "ips"), protected(), allow_protected=["10.0.0.1"], reason=reason)


@pytest.mark.parametrize("entries", [None, [], ["", " "]])
def test_no_exemption_needs_no_reason(entries: list[str] | None) -> None:
    verdict = judge(parse_targets(["45.0.0.1"], "ips"), protected(), allow_protected=entries, reason=None)
    assert (verdict.refused, verdict.exempted, verdict.warnings) == ([], [], [])


def test_a_wrong_exemption_is_an_error() -> None:
    with pytest.raises(InputError, match=r"^allow_protected\[1\]: 'example\.com' is a host name"):
        judge([], protected(), allow_protected=["10.0.0.1", "example.com"], reason="because")


# Where protected entries come from


def entries_of(found: Protected) -> list[str]:
    return [entry.network.text for entry in found.entries]


def test_the_sources_add_up(tmp_path: Path) -> None:
    file = tmp_path / "protected.txt"
    file.write_bytes(b"\xef\xbb\xbf192.0.2.0/24  # office, \xc3\xa4\r\n\r\n# none\r\n\t2001:DB8::/32\r198.51.100.7")
    found = read_protected(
        [" 203.0.113.7 ", "", "203.0.113.9/32"],
        str(file),
        context(SECOPS_CFW_PROTECTED="45.0.0.1,45.0.1.0/24\n 2400::/32,"),
    )
    assert entries_of(found) == [
        "203.0.113.7",
        "203.0.113.9",
        "45.0.0.1",
        "45.0.1.0/24",
        "2400::/32",
        "192.0.2.0/24",
        "2001:db8::/32",
        "198.51.100.7",
    ]
    assert found.sources == {"protected": 2, "SECOPS_CFW_PROTECTED": 3, str(file): 3}
    assert found.entries[-1].place == f"{file}, line 5"


@pytest.mark.parametrize("value", ["", "  ", " ,\n, "])
def test_blank_sources_count_as_unset(value: str) -> None:
    assert read_protected(value.split(","), value.strip(" ,\n"), context(SECOPS_CFW_PROTECTED=value)) == Protected()
    assert read_protected(None, None, context()) == Protected()


@pytest.mark.parametrize(
    ("option", "variable", "message"),
    [
        (
            ["203.0.113.7", "example.com"],
            "",
            r"^protected\[1\]: 'example\.com' is a host name, not an IP address; give ",
        ),
        (
            ["203.0.113.7/24"],
            "",
            r"^protected\[0\]: '203\.0\.113\.7/24' has host bits set; write 203\.0\.113\.0/24 for ",
        ),
        (
            None,
            "203.0.113.7;203.0.113.8",
            r"^SECOPS_CFW_PROTECTED: '203\.0\.113\.7;203\.0\.113\.8' holds more than one",
        ),
        (None, "10.0.0.0/8 nonsense!", r"^SECOPS_CFW_PROTECTED: 'nonsense!' is not an IP address; give "),
    ],
)
def test_a_wrong_entry_is_an_error(option: Sequence[str] | None, variable: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_protected(option, None, context(SECOPS_CFW_PROTECTED=variable))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"203.0.113.7\n\nexample.com\n", "line 3: 'example.com' is a host name, not an IP address; "),
        (b"203.0.113.7\r\n10.0.0.1/8\r\n", "line 2: '10.0.0.1/8' has host bits set; write 10.0.0.0/8 for the network"),
        (b"203.0.113.7 203.0.113.8\n", "line 1: '203.0.113.7 203.0.113.8' has blanks or control characters inside; "),
        (b"\n# caf\xe9\n", "line 2: is not UTF-8 text; save the file as UTF-8"),
        ("203.0.113.7\n".encode("utf-16"), "line 1: is not UTF-8 text; save the file as UTF-8"),
        (b"203.0.113.7\x00\n", "line 1: '203.0.113.7\\x00' has blanks or control characters inside; "),
    ],
)
def test_a_wrong_line_is_an_error(tmp_path: Path, data: bytes, message: str) -> None:
    file = tmp_path / "protected.txt"
    file.write_bytes(data)
    with pytest.raises(InputError) as error:
        read_protected(None, str(file), context())
    assert error.value.message.startswith(f"protected_file '{file}', {message}")


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# nobody yet\n", b"\xef\xbb\xbf"])
def test_a_file_without_entries_is_an_error(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "protected.txt"
    file.write_bytes(data)
    with pytest.raises(InputError) as error:
        read_protected(["203.0.113.7"], str(file), context())
    assert error.value.message == (
        f"protected_file '{file}': holds no entry, which is most likely a mistake; "
        "write one address or prefix a line, or leave the option out"
    )


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    with pytest.raises(InputError) as error:
        read_protected(None, missing, context())
    assert error.value.message == (
        f"protected_file '{missing}': can't be read: No such file or directory; name a readable text file"
    )
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe):
        with pytest.raises(InputError) as error:
            read_protected(None, str(path), context())
        assert error.value.message == (
            f"protected_file '{path}': is not a regular file; name a text file with one address or prefix a line"
        )
    with pytest.raises(InputError, match=r"^protected_file 'a\\x00b': is not a file name: "):
        read_protected(None, "a\0b", context())


def test_a_huge_file_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "huge"
    with file.open("wb") as stream:
        stream.truncate(_protection.MOST_FILE_BYTES + 1)
    with pytest.raises(InputError, match=r": is larger than 16 MiB; one entry a line needs less$"):
        read_protected(None, str(file), context())


# The options


def test_the_options_are_documented_as_they_are() -> None:
    documented = safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    keys = ("type", "elements", "default", "choices", "required")
    specified = PROTECTION.to_kwargs()["argument_spec"]
    assert {
        name: {key: option[key] for key in keys if key in option} for name, option in documented.items()
    } == specified
    assert all(option["description"] for option in documented.values())


def test_the_options_need_no_reason_for_an_empty_exemption() -> None:
    result = ArgumentSpecValidator(**PROTECTION.to_kwargs()).validate(
        {"allow_protected": [], "protected": "10.0.0.1,::1"}
    )
    assert result.error_messages == []
    assert result.validated_parameters["protected"] == ["10.0.0.1", "::1"]
