"""The program's own browser files as two addresses: one script and one style sheet for the pages of the frame, and the same for walls.

The files of ``assets/`` are small rooms; asked for one by one they are a hundred and thirty requests a page. Here they are put behind
one another as they are, at addresses that name what is in them, so that a browser keeps them, compiled, until they change.
"""

from __future__ import annotations

import re
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, request

ASSETS = Path(__file__).resolve().parent.parent / "assets"
WALLS_ALONE = re.compile(r"^8\d-screen")
TYPES = {"js": "text/javascript", "css": "text/css"}
YEAR = 365 * 24 * 3600


class Bundle:
    """Files of ``assets/`` of one kind (js, css), behind one another in this order."""

    def __init__(self, name: str, kind: str, files: tuple[str, ...]) -> None:
        self.name, self.kind, self.files = name, kind, files

    @property
    def path(self) -> str:
        """Where it is served; the guard treats it as every file of the program."""
        return f"/assets/bundle/{self.name}.{self.kind}"

    @property
    def address(self) -> str:
        """Where pages ask for it: another content has another address."""
        return f"{self.path}?v={self.version}"

    @cached_property
    def version(self) -> str:
        """A mark of what is in it, as this process has it."""
        return sha256(self.text).hexdigest()[:10]

    @cached_property
    def text(self) -> bytes:
        """Each file under its name; a script is a statement of its own, whatever the one before ends with."""
        end = b"\n;\n" if self.kind == "js" else b"\n"
        return b"".join(b"/* %s */\n%s%s" % (name.encode(), (ASSETS / name).read_bytes(), end) for name in self.files)

    def serve(self, server: Flask) -> None:
        """Add its address to the server."""
        server.add_url_rule(self.path, self.path, self._answer)

    def _answer(self) -> Response:
        response = Response(self.text, content_type=f"{TYPES[self.kind]}; charset=utf-8")
        if request.args.get("v") == self.version:
            response.cache_control.private = True
            response.cache_control.max_age = YEAR
            response.cache_control.immutable = True
        else:
            response.cache_control.no_cache = True  # a page of before an update asks for what is here now
        return response


def _of_frame(kind: str) -> Bundle:
    """All files of a kind but those that walls alone need, in the order of their names."""
    return Bundle("park", kind, tuple(sorted(path.name for path in ASSETS.glob(f"*.{kind}") if not WALLS_ALONE.match(path.name))))


FRAME_SCRIPT, FRAME_STYLE = _of_frame("js"), _of_frame("css")
