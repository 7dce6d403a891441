# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands in for the get-pip.py that ansible-test would download: puts Python's own pip into an environment.

The version that ansible-test asks for in the arguments does not matter: it removes pip again after its use.
"""

from __future__ import annotations

import subprocess
import sys

# In a process of its own, because ensurepip turns pip's configuration off for the process that it runs in.
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
