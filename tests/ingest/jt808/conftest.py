"""A listening gateway for the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import uvloop

from tests.ingest.jt808.listening import Listening, listening


@pytest.fixture(params=[uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
def gate(request: pytest.FixtureRequest) -> Iterator[Listening]:
    with listening(request.param) as held:
        yield held
