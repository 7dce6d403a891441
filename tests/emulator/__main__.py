# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator in the foreground: prints the environment for clients; stops at SIGINT, SIGTERM, or after a while."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import signal
import sys
import tempfile
from pathlib import Path

from .server import Server, environment
from .service import Service

_PARENT_CHECK_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one (default)")
    parser.add_argument("--port-file", type=Path, help="write the port there once requests are answered")
    parser.add_argument(
        "--stop-after", type=float, default=3600.0, help="stop by itself after so many seconds (3600); 0 never"
    )
    parser.add_argument("--stop-with-parent", action="store_true", help="stop when the process that started it ends")
    asyncio.run(_serve(parser.parse_args()))


async def _serve(options: argparse.Namespace) -> None:
    try:
        server = Server(Service(), options.port)
    except (OSError, OverflowError) as error:
        sys.exit(f"Can't listen on 127.0.0.1:{options.port}: {error}. Choose another --port, or 0 for a free one.")
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)
    await server.start()
    if options.port_file:
        _write(options.port_file, server.url.rpartition(":")[2])
    for name, value in environment(server.url).items():
        print(f"export {name}={shlex.quote(value)}")
    print(f"# The emulator answers at {server.url}. These keys are valid here only.")
    print(f"# Stop it with Ctrl-C, or from elsewhere: kill {os.getpid()}")
    sys.stdout.flush()
    watch = asyncio.create_task(_stop_with_parent(stopped)) if options.stop_with_parent else None
    try:
        await asyncio.wait_for(stopped.wait(), options.stop_after or None)
    except asyncio.TimeoutError:
        print(f"# Stopped after {options.stop_after:g} seconds.", flush=True)
    if watch:
        watch.cancel()
    await server.stop()


def _write(path: Path, text: str) -> None:
    """At once, so that nobody reads half a number."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="ascii") as file:
        file.write(text + "\n")
    os.replace(file.name, path)


async def _stop_with_parent(stopped: asyncio.Event) -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(_PARENT_CHECK_SECONDS)
    stopped.set()


if __name__ == "__main__":
    main()
