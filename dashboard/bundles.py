"""The program's own browser files as two addresses: one script and one style sheet for the pages of the frame, and the same for walls.

The files of ``assets/`` are small rooms; asked for one by one they are a hundred and thirty requests a page. Here they are put behind
one another as they are, at addresses that name what is in them, so that a browser keeps them, compiled, until they change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, abort, request

ASSETS = Path(__file__).resolve().parent.parent / "assets"
WALLS_ALONE = re.compile(r"^8\d-screen")
TYPES = {"js": "text/javascript", "css": "text/css"}
YEAR = 365 * 24 * 3600
_chosen: dict[str, tuple[str, ...]] = {}


def register(server: Flask) -> None:
    """Add the addresses of the bundles; the guard treats them as every file of the program."""
    server.add_url_rule("/assets/bundle/<name>.<kind>", "bundle", _answer)


def of_frame(kind: str) -> str:
    """The address of all files of a kind (js, css) that the pages of the frame need, in the order of their names."""
    return address("park", kind, sorted(path.name for path in ASSETS.glob(f"*.{kind}") if not WALLS_ALONE.match(path.name)))


def address(name: str, kind: str, files: Sequence[str]) -> str:
    """The address of these files of ``assets/``, behind one another in this order."""
    _chosen[f"{name}.{kind}"] = tuple(files)
    return f"/assets/bundle/{name}.{kind}?v={version(kind, tuple(files))}"


@cache
def version(kind: str, files: tuple[str, ...]) -> str:
    """A mark of what is in the files, as this process has them."""
    return sha256(_text(kind, files)).hexdigest()[:10]


@cache
def _text(kind: str, files: tuple[str, ...]) -> bytes:
    """Each file under its name; a script is a statement of its own, whatever the one before ends with."""
    end = b"\n;\n" if kind == "js" else b"\n"
    return b"".join(b"/* %s */\n%s%s" % (name.encode(), (ASSETS / name).read_bytes(), end) for name in files)


def _answer(name: str, kind: str) -> Response:
    files = _chosen.get(f"{name}.{kind}")
    if files is None or kind not in TYPES:
        abort(404)
    response = Response(_text(kind, files), content_type=f"{TYPES[kind]}; charset=utf-8")
    if request.args.get("v") == version(kind, files):
        response.cache_control.private = True
        response.cache_control.max_age = YEAR
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True  # a page of before an update asks for what is here now
    return response
