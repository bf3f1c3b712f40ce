"""``python -m ingest.jt808 decode``: one frame in hex a line on standard input, one JSON object a line out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import click

from ingest.jt808.messages import describe


@click.group()
def main() -> None:
    """Look into JT/T 808 frames."""


@main.command()
def decode() -> None:
    """Frames as hex, one a line, with their 7e delimiters; a line that cannot be read answers {"error": …}."""
    output = sys.stdout.buffer  # UTF-8 whatever the locale says: plates are Chinese
    with suppress(BrokenPipeError):
        for answer in answers(sys.stdin.buffer):
            output.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
            output.flush()
        return
    # Who read us has gone. What is still to be flushed at the end goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def answers(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    """The decoded object of each line; an empty line is a line too."""
    for line in lines:
        try:
            content = bytes.fromhex(line.decode("ascii").strip().strip('"'))
        except ValueError:
            yield {"error": "not a line of hexadecimal digits"}
            continue
        yield describe(content)


if __name__ == "__main__":
    main()
