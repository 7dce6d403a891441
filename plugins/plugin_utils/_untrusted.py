# Copyright (c) 2026, secops.cfw contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that came from an alert, a cloud or a user never becomes a template.

Until ansible-core 2.18, what a filter returns and `set_fact` stores is templated again when it is used, unless it is
marked unsafe; a filter that cuts a text into pieces loses the mark. From 2.19 on, text is no template unless it is
marked as trusted, and nothing has to be done.
"""

from __future__ import annotations

from typing import Any

from ansible import template
from ansible.utils.unsafe_proxy import wrap_var

_TRUST_IS_MARKED = hasattr(template, "trust_as_template")


def untrusted(value: Any) -> Any:
    """The value as a filter returns it: all texts in it, in lists and dictionaries too, are no templates."""
    return value if _TRUST_IS_MARKED else wrap_var(value)
