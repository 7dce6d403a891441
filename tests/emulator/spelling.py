# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How stored IPv6 addresses are spelled in lists."""

from __future__ import annotations

import ipaddress


def spell(address: str, form: str) -> str:
    """An IPv6 address or prefix in another spelling of the same value."""
    if ":" not in address or form == "as_sent":
        return address
    network = ipaddress.ip_network(address)
    text = network.compressed if form == "compressed" else network.exploded
    return text if "/" in address else text.partition("/")[0]
