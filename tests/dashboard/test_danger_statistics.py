"""Statistics of hidden dangers: a number opens as many rows of the list as it says."""

from __future__ import annotations

from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard.blocks.statistic_page import statistic_page
from dashboard.resource_state import filter_rows, question_of, read_state
from data.db import read_session, session
from data.models import HiddenDanger
from data.query import answer, count
from data.statistics import Statistic, compute
from data.statistics.dangers import STATISTICS
from pages.danger_overview import DANGER_STATISTICS
from pages.dangers.ledger import LEDGER
from tests.data.test_statistics import SEEN_BY_ALL, make_dangers
from tests.spread import World, make_world


@pytest.fixture(scope="module")
def world(database: Any) -> World:
    with session() as current:
        made = make_world(current, Random(5))
        make_dangers(current, Random(6))
        return made


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda one: one.key)
@pytest.mark.parametrize("given", [{}, {"source": "self", "found_on_from": "2025-03-10"}])
def test_the_list_shows_as_many_rows_as_the_number_says(statistic: Statistic, given: dict[str, str], world: World) -> None:
    with read_session() as reading:
        result, filters = compute(reading, SEEN_BY_ALL, statistic, given), filter_rows(reading, SEEN_BY_ALL, LEDGER)
        assert result.value(), "there is something to count"
        wrong = []
        for cell in result.cells():
            href = result.address(*cell)
            if href:
                state = read_state(LEDGER, filters, dict(parse_qsl(urlsplit(href).query)))
                rows = count(reading, answer(HiddenDanger, SEEN_BY_ALL, question_of(LEDGER, filters, state)), HiddenDanger, None)
                wrong += [(href, rows)] if rows != result.value(*cell) else []
        assert wrong == []


@pytest.mark.parametrize("form", ["bar", "pie", "table"])
def test_every_form_is_drawn(form: str, world: World) -> None:
    with read_session() as reading:
        for one in STATISTICS:
            assert one.title in str(statistic_page(reading, SEEN_BY_ALL, DANGER_STATISTICS, {"of": one.key, "form": form}))
