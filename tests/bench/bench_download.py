# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints time and memory of fetching a capture file from the emulator, which runs in a process of its own.

Run it with the collection tree and tests/ on PYTHONPATH: python tests/bench/bench_download.py [megabytes ...]
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from multiprocessing.connection import Connection

from ansible_collections.secops.cfw.plugins.module_utils._context import Context
from ansible_collections.secops.cfw.plugins.module_utils._huawei.capture_result import CAPTURE_RESULT, run
from ansible_collections.secops.cfw.plugins.module_utils._params import completed
from ansible_collections.secops.cfw.plugins.module_utils._results import CallLog
from emulator import HUAWEI_FIREWALL, Emulator

SIZES = (3, 300)


def serve(sizes: list[int], connection: Connection) -> None:
    """Offers a file of each size, one after the other."""
    with Emulator(port=0) as emulator:
        for size in sizes:
            emulator.reset(result_mode="files", capture_file_bytes=size * 1_000_000)
            emulator.seed(huawei={"tasks": [{"task_id": f"size-{size}", "status": 1}]})
            connection.send(dict(emulator.environ))
            connection.recv()


def fetch(environ: dict[str, str], size: int) -> None:
    options = {"fw_instance_id": HUAWEI_FIREWALL, "task_id": f"size-{size}"}
    with tempfile.TemporaryDirectory() as directory:
        for what in ("fetched", "unchanged"):
            start = time.perf_counter()
            context = Context(environ=environ, home="/nonexistent")
            result = run(completed(CAPTURE_RESULT, {**options, "dest": directory}), context, CallLog())
            (row,) = result["files"]
            assert row["result"] == what
            seconds, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{what:10} {row['size'] / 1e6:8.0f} MB  {seconds:7.2f} s  peak of the process so far {peak:6.1f} MiB"
            )


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(sizes, theirs))
    server.start()
    try:
        for size in sizes:
            fetch(ours.recv(), size)
            ours.send("next")
    finally:
        server.join(10)
        server.terminate()


if __name__ == "__main__":
    main()
