# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report in a real browser: its parts are to be seen in light, dark and print, and nothing is requested."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.secops.cfw.plugins.plugin_utils import _report
from ansible_collections.secops.cfw.plugins.plugin_utils._report_html import html
from ansible_collections.secops.cfw.plugins.plugin_utils._report_runs import run_record
from support.incident import PLACES, inputs

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="skipped: no Chromium; apt-get install chromium")
PARTS = (
    "in-force",
    "not-contained",
    "deadlines",
    "commands",
    "targets",
    "timeline",
    "evidence",
    "who",
    "protection",
    "before",
    "runs",
)
# Added to a copy of the page, whose own policy forbids scripts: tells where its parts are and whether text is cut.
PROBE = """<script>addEventListener("load", () => {
  const box = (e) => { const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height].map(Math.round); };
  const parts = Object.fromEntries([...document.querySelectorAll("section[id]")].map((e) => [e.id, box(e)]));
  const texts = [...document.querySelectorAll("td, th, pre, p, li")];
  const cut = texts.filter((e) => e.scrollWidth > e.clientWidth + 1 && !e.closest(".scroll")).map((e) => e.textContent.slice(0, 40));
  const page = document.documentElement;
  document.body.innerHTML = ""; const pre = document.createElement("pre"); pre.id = "probe";
  pre.textContent = JSON.stringify({parts, cut, width: [page.scrollWidth, innerWidth]}); document.body.append(pre);
});</script></head>"""


class Served:
    def __init__(self, page: str) -> None:
        self.pages = {
            "/report.html": page,
            "/probe.html": re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page).replace(
                "</head>", PROBE
            ),
        }
        self.asked: list[str] = []


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, Served]]:
    report = _report.document(run_record(inputs()), [], PLACES)
    found = Served(html(report))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            body = found.pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", found
    server.shutdown()
    thread.join()
    server.server_close()


def chromium(tmp_path: Path, *options: str) -> str:
    assert CHROMIUM
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-dev-shm-usage",
    ]
    command += [
        "--disable-background-networking",
        "--no-proxy-server",
        f"--user-data-dir={tmp_path / 'profile'}",
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def pixels(path: Path) -> tuple[int, int, list[bytes]]:
    """Width, height and rows of a PNG of 8-bit RGB or RGBA, unfiltered."""
    content = path.read_bytes()
    place, parts = 8, b""
    width = height = size = 0
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        kind, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, height, _depth, colour = struct.unpack(">IIBB", body[:10])
            size = {2: 3, 6: 4}[colour]
        parts += body if kind == b"IDAT" else b""
        place += 12 + length
    raw, rows, above = zlib.decompress(parts), [], bytes(width * size)
    for number in range(height):
        start = number * (width * size + 1)
        row = bytearray(raw[start + 1 : start + 1 + width * size])
        filter_ = raw[start]
        if filter_:
            for x in range(len(row)):
                a = row[x - size] if x >= size else 0
                b, c = above[x], above[x - size] if x >= size else 0
                if filter_ == 4:
                    p = a + b - c
                    guess = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                else:
                    guess = (0, a, b, (a + b) // 2)[filter_]
                row[x] = (row[x] + guess) & 255
        above = bytes(row)
        rows.append(above)
    return width, size, rows


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
@pytest.mark.parametrize("width", [1280, 500])
def test_all_parts_are_visible(served: tuple[str, Served], tmp_path: Path, scheme: str, dark: bool, width: int) -> None:
    address, _pages = served
    window = [f"--window-size={width},900", f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
    said = chromium(tmp_path, *window, "--virtual-time-budget=3000", "--dump-dom", f"{address}/probe.html")
    found = json.loads(re.search(r'<pre id="probe">(.*?)</pre>', said, re.DOTALL)[1].replace("&amp;", "&"))  # type: ignore[index]
    missing = [part for part in PARTS if part not in found["parts"] or min(found["parts"][part][2:]) < 30]
    assert missing == []
    assert found["cut"] == []
    assert found["width"][0] <= found["width"][1]
    if width == 1280:
        # The first screen of a usual monitor shows all four parts of the handover.
        assert max(found["parts"][part][1] for part in PARTS[:4]) < 900


@pytest.mark.parametrize("dark", [False, True])
def test_it_follows_light_and_dark_and_asks_for_nothing(served: tuple[str, Served], tmp_path: Path, dark: bool) -> None:
    address, pages = served
    pages.asked.clear()
    picture = tmp_path / "page.png"
    setting = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    chromium(tmp_path, "--window-size=640,400", setting, f"--screenshot={picture}", f"{address}/report.html")
    assert pages.asked == ["/report.html"]
    width, size, rows = pixels(picture)
    assert width == 640
    first = rows[2][2 * size : 2 * size + 3]
    assert (sum(first) < 150) == dark
    # Something is written there, in a colour far from the page's.
    far = [sum(row[x * size : x * size + 3]) for row in rows for x in range(0, width, 2)]
    assert max(far) - min(far) > 450


def test_it_prints(served: tuple[str, Served], tmp_path: Path) -> None:
    address, pages = served
    pages.asked.clear()
    paper = tmp_path / "page.pdf"
    chromium(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={paper}", f"{address}/report.html")
    assert pages.asked == ["/report.html"]
    content = paper.read_bytes()
    assert content.startswith(b"%PDF")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 12
