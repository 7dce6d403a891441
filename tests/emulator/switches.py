# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every behaviour of the two services that nobody has documented, as a switch.

The default of each is the harsher side for a client, or what the better source says; `why` gives the reason. An unknown
name or a value outside the list is refused, so that no test passes because of a slip of the pen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

# The functions below make fields of the class below them.
# pylint: disable=invalid-field-call


class SwitchError(ValueError):
    """An unknown switch, or a value that it does not take."""


def _choice(default: Any, *others: Any, why: str) -> Any:
    return dataclasses.field(default=default, metadata={"values": (default, *others), "why": why})


def _flag(default: bool, *, why: str) -> Any:
    return dataclasses.field(default=default, metadata={"values": (default, not default), "why": why})


def _number(default: float, *, why: str) -> Any:
    return dataclasses.field(default=default, metadata={"number": type(default), "why": why})


def _code(default: str, *, why: str) -> Any:
    return dataclasses.field(default=default, metadata={"text": True, "why": why})


def _optional_int(default: int | None, *, why: str) -> Any:
    return dataclasses.field(default=default, metadata={"optional_int": True, "why": why})


@dataclasses.dataclass
class Switches:
    """Counts are plain integers, times are seconds of the service clock unless said otherwise."""

    # Both clouds
    list_lag: float = _number(0.0, why="Seconds during which lists do not show a committed write; lag is undocumented.")
    list_lag_calls: int = _number(0, why="The next N calls of a list show its state before the write.")
    signature_clock: str = _choice(
        "wall", "service", why="service: signatures are judged by the moved clock, so every caller looks skewed."
    )
    ipv6_form: str = _choice(
        "as_sent",
        "compressed",
        "exploded",
        why="How stored IPv6 addresses are spelled in lists; undocumented, so clients must compare values, not text.",
    )

    # Huawei: captures
    unique_names: bool = _flag(
        True, why="CFW.00200007 is a name conflict, but whether captures use it is only inferred."
    )
    create_id: str = _choice(
        "firewall", "task", why="The SDK documents data.id as the firewall's; an older SDK called it a plain id."
    )
    busy_code: str = _code("CFW.00200016", why="The code for a second running capture is unpublished.")
    quota_code: str = _code("CFW.00200024", why="'Over maximum quantity' fits best; unpublished for captures.")
    captures_per_day: int = _number(20, why="Documented for Terraform; counted over the last 24 hours here.")
    capture_scope: str = _choice(
        "firewall", "account", why="Whether one capture and 20 a day hold per firewall or per account is unpublished."
    )
    stop_final: str = _code(
        "CFW.00400002", why="'No need to operate' fits a stop of a final task; 'ok' accepts it silently."
    )
    delete_running: str = _code("CFW.00200016", why="Terraform stops before it deletes; the code is unpublished.")
    missing_code: str = _code("CFW.00200005", why="Terraform reads this code as 'gone', captures included.")
    stopping_calls: int = _number(1, why="Stopping is asynchronous: status 5 is listed this many times before 4.")
    stopping_seconds: float = _number(0.0, why="And it lasts at least this long.")
    start_status: int = _choice(2, 3, why="3 is documented nowhere; perhaps a task waits in it before it runs.")
    start_calls: int = _number(1, why="With start_status 3: how many list calls show it before 2.")
    finish_status: int = _choice(1, 0, why="0 is a capture that ends abnormally (known from Terraform only).")
    abnormal_result: str = _choice(
        "missing", "partial", why="The guide says an abnormal task's result is missing altogether or partly there."
    )
    deleted_records: str = _choice("gone", "listed", why="Records carry is_deleted, so deleted ones may stay listed.")
    deleted_in_total: bool = _flag(True, why="With listed deleted records: whether `total` counts them.")
    result_mode: str = _choice("link", "files", why="Both are documented; which one depends on the region.")
    result_addresses: str = _choice(
        "supported", "refused", why="Links for certain addresses (type 1) are known in some regions only."
    )
    client_address: str = _code("203.0.113.200", why="The public address from which links for certain ones are opened.")
    capture_files: int = _number(1, why="How many files a result has where files are listed.")
    capture_file_bytes: int = _number(0, why="Not 0: capture files have at least so many bytes, made while sent.")
    file_ranges: str = _choice(
        "supported",
        "ignored",
        "refused",
        why="Whether a download that broke can go on where it stopped: ranges work, are not looked at, or answer 416.",
    )
    empty_port_listed: str = _choice(
        "empty", "range", "null", why="How the list shows ports that were created empty; the page narrates 1-65535."
    )
    ports_with_any: str = _choice(
        "refused", "accepted", why="Ports make no sense with protocol any; whether they are refused is unpublished."
    )
    list_data: str = _choice("object", "array", why="Pages and SDKs of mid-2024 typed `data` of the list as an array.")

    # Huawei: firewalls and EIPs
    service_region: str = _code(
        "cn-north-4",
        why="An endpoint serves one region, and a project belongs to one; how a project of another is refused is unpublished.",
    )
    detail_without_id: str = _choice(
        "first", "all", why="The page says that ListFirewallDetail without an id answers the first firewall only."
    )
    firewall_name_filter: str = _choice(
        "fuzzy", "exact", why="Whether `name` of ListFirewallDetail finds parts of names is unpublished."
    )
    firewall_projects: str = _choice(
        "own", "all", why="Without an enterprise project: the firewalls of project 0 only, or those of all projects."
    )
    shifted_pages: int = _number(
        0, why="So many pages beyond the first begin one record early, as after an insertion between two calls."
    )
    eip_scope: str = _choice(
        "tenant", "firewall", why="Whether ListEips shows EIPs that another firewall protects is unpublished."
    )
    eip_sync: str = _choice(
        "later",
        "at_once",
        "automatic",
        why="EIPs that the service does not know yet: a call with sync=1 shows them from the next call on (Terraform "
        "makes such a call first), shows them itself, or is not needed.",
    )

    # Huawei: black and white lists
    black_white_capacity: int = _number(2000, why="Documented with the code CFW.00400013; more for large tests.")
    black_white_scope: str = _choice(
        "object", "firewall", why="Whether the capacity holds per protected object or per firewall is unpublished."
    )
    batch_duplicates: str = _choice(
        "duplicated", "failed", why="The list of a batch's answer where repeated entries stand is only inferred."
    )
    batch_bad_item: str = _choice(
        "failed_list", "error", why="A bad address in a batch: that entry fails, or the whole batch is refused."
    )
    batch_over_capacity: str = _choice(
        "error", "failed_list", why="A batch that does not fit: refused as a whole, or what does not fit fails."
    )
    batch_items_max: int = _number(0, why="A maximum of entries in a batch is unpublished; 0 is none.")
    batch_delete_missing: str = _choice(
        "error", "skipped", why="A batch deletion with an unknown id: nothing is deleted, or all others are."
    )
    entry_identity: str = _choice(
        "whole", "address", why="Whether entries repeat each other that differ in protocol or port is unpublished."
    )
    entry_address_filter: str = _choice(
        "fuzzy", "exact", why="The address filter of the list compares without the mask; parts may be found as well."
    )
    entry_firewall: str = _choice(
        "first",
        "own",
        why="Which firewall PUT and DELETE of one entry mean when none is named; the rule says the first.",
    )
    host_entries: str = _choice(
        "as_sent", "with_mask", "without_mask", why="Whether a single address is stored with its mask is unpublished."
    )
    private_entries: str = _choice(
        "vpc_object", "vpc_firewall", why="Private addresses need east-west protection: of that object, or at all."
    )
    domain_entries: str = _choice(
        "destination", "any", "refused", why="Address type 2 (domain) is known from Terraform and older pages only."
    )

    # Huawei: logs
    log_cursor: str = _choice(
        "exclusive", "inclusive", why="Whether a page begins after the record of the cursor or with it is unpublished."
    )
    log_cursor_old: str = _choice(
        "start_time", "end_time", why="next_date of ListFlowLogs: its page says start_time of the last record."
    )
    log_cursor_new: str = _choice(
        "end_time", "start_time", why="next_date of ListLogs for flows: its page says end_time of the last record."
    )
    log_words: str = _choice(
        "words", "numbers", why="The older pages explain protocol (and action of access control) by numbers as well."
    )
    log_total_max: int = _number(0, why="A search engine may count up to a limit only; 0 is none.")
    log_window_days: int = _number(
        0, why="CFW.00500004 is about the time range; its longest is unpublished, 0 is none."
    )

    # Tencent: block and allow lists
    handle_type_swapped: bool = _flag(
        False, why="Example 2 of the page contradicts its own table on HandleType 3 and 4; the table is likelier."
    )
    duplicate_alert_rule: str = _choice(
        "status_-3", "merge", why="-3 means 'duplicate'; the asynchronous sibling merges instead."
    )
    alert_center_on_bad_item: str = _choice(
        "stop",
        "nothing",
        "others",
        why="A duplicate or unknown item: what came before it applies, nothing applies, or all others apply.",
    )
    alert_center_partial: int = _number(0, why="Applies only the first N of a list (0: all) and still says Status 0.")
    alert_center_status: int | None = _optional_int(None, why="Answer this Status and change nothing.")
    alert_center_return_code: int = _number(0, why="Answer this ReturnCode and change nothing when it is not 0.")
    alert_center_ids: str = _choice(
        "any", "log", why="HandleIdList takes log ids; whether event ids are understood as well is unpublished."
    )
    alert_direction_mismatch: str = _choice(
        "status_-1",
        "trust_request",
        "trust_alert",
        why="AlertDirection that is not the alert's: refused, or which of the two picks the address to act on.",
    )
    expired_rows: str = _choice("listed", "gone", why="Whether expired rows stay listed is unpublished.")
    rows_per_ioc: str = _choice(
        "one", "per_direction", why="A row has both a Direction and the aggregate DirectionList."
    )
    direction_list_order: str = _choice("1,0", "0,1", why="The pages use both orders.")
    shifting_pages: bool = _flag(
        False, why="Permanent rows tie in EndTime: rows with equal sort keys change places between calls."
    )
    pagination_total: str = _choice("exact", "wrong", why="wrong: Total is one more than the rows.")
    list_limit_max: int = _number(100, why="The maximum Limit is unpublished; 100 is what other calls refuse above.")
    search: str = _choice("fuzzy", why="The search is documented as fuzzy: a part of an address finds it.")
    block_quota: int = _number(1000, why="The number is unpublished; each direction of a block row uses one.")
    international: bool = _flag(False, why="The international site knows none of the writes: InvalidAction.")
    rate_limit: int = _number(20, why="Requests per wall-clock second and call; 0 switches it off.")

    # Tencent: alerts and logs
    alert_ids_in_logs: bool = _flag(True, why="Whether DescribeLogs knows the seeded alerts.")
    alert_ids_in_alerts: bool = _flag(True, why="Whether DescribeCfwAlerts knows the seeded alerts.")
    log_fields: str = _choice(
        "camel",
        "snake",
        why="Field names of log rows are undocumented; a public client reads SourceIp, TargetIp and Direction.",
    )
    alert_page: str = _choice("full", "short", why="One example of the page leaves returned, offset and order out.")
    alerts_too_large: int = _number(0, why="FailedOperation.ResponseTooLarge above this Limit of alerts; 0: never.")
    logs_total_shown: str = _choice("number", "text", why="Total of the logs is an integer; clients meet it as text.")

    # Tencent: assets, quota, and the call of 2021 that the international site has
    asset_fields: str = _choice("lists", "single", why="Only instance_id and fingerprints of an asset are documented.")
    asset_token: str = _choice("new", "same", why="NextToken is opaque: whether each page has a new one is unknown.")
    quota_answer: str = _choice(
        "full",
        "counts",
        "mismatch",
        "empty",
        "fail",
        why="Which counters an edition fills is unknown: both blocks, one, contradictory ones, none, ReturnCode -1.",
    )
    modify_add_existing: str = _choice(
        "fails", "merges", why="ModifyBlockIgnoreList does not say what adding a listed address does."
    )
    modify_bad_item: str = _choice(
        "nothing", "others", why="Nor whether one bad item stops the others when it answers ReturnCode -1."
    )
    international_order: str = _choice(
        "as_china",
        "as_page",
        why="The English page swaps Order and By against the Chinese one; one service can hardly have both.",
    )
    international_rows: str = _choice(
        "full",
        "old",
        why="The English structure is that of 2023: no DirectionList, Comment, hits; a row per direction.",
    )

    def apply(self, values: Mapping[str, Any]) -> None:
        """Set several switches, or none of them when one is wrong (SwitchError)."""
        fields = {field.name: field for field in dataclasses.fields(self)}
        for name, value in values.items():
            if name not in fields:
                raise SwitchError(f"There is no switch {name!r}. Known ones: {', '.join(sorted(fields))}.")
            _check(name, value, fields[name].metadata)
        for name, value in values.items():
            number = fields[name].metadata.get("number")
            setattr(self, name, number(value) if number else value)

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def _check(name: str, value: Any, rules: Mapping[str, Any]) -> None:
    if "values" in rules:
        # Compared with the type, because 1 == True and 2 == 2.0.
        if not any(type(value) is type(known) and value == known for known in rules["values"]):
            known = ", ".join(repr(item) for item in rules["values"])
            raise SwitchError(f"Switch {name!r} takes one of {known}, not {value!r}.")
    elif "number" in rules:
        wanted = (int,) if rules["number"] is int else (int, float)
        if (
            isinstance(value, bool)
            or not isinstance(value, wanted)
            or (value < 0 and name != "alert_center_return_code")
        ):
            raise SwitchError(f"Switch {name!r} takes a number of type {rules['number'].__name__}, not {value!r}.")
    elif "optional_int" in rules:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise SwitchError(f"Switch {name!r} takes an integer or null, not {value!r}.")
    elif not isinstance(value, str) or not value:
        raise SwitchError(f"Switch {name!r} takes a text, not {value!r}.")
