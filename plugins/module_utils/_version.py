# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's version, as the clouds see it in the User-Agent; galaxy.yml says the same."""

from __future__ import annotations

VERSION = "0.1.0"
USER_AGENT = f"secops.cfw/{VERSION}"
