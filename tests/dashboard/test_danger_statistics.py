"""Statistics of hidden dangers: a number opens as many rows of the list as it says."""

from __future__ import annotations

from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard.blocks.statistic_page import statistic_page
from dashboard.resource_state import filter_rows, question_of, read_state
from data.db import read_session, session
from data.query import answer, count
from data.statistics import Ratio, Statistic, compute
from data.statistics.dangers import STATISTICS
from pages.danger_overview import DANGER_STATISTICS
from pages.danger_reporting.reports import REPORTS
from pages.dangers.ledger import LEDGER
from tests.data.test_statistics import SEEN_BY_ALL, make_dangers, make_reports
from tests.spread import World, make_world


@pytest.fixture(scope="module")
def world(database: Any) -> World:
    with session() as current:
        made = make_world(current, Random(5))
        make_dangers(current, Random(6))
        make_reports(current, Random(7))
        return made


LISTS = {one.path: one for one in (LEDGER, REPORTS)}
SOME = {"/dangers/all": {"source": "self", "found_on_from": "2025-03-10"}, "/dangers/reports": {"period": "2026-04", "cycle": "month"}}


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda one: one.key)
def test_the_list_shows_as_many_rows_as_the_number_says(statistic: Statistic, world: World) -> None:
    resource = LISTS[statistic.records]
    with read_session() as reading:
        filters, wrong = filter_rows(reading, SEEN_BY_ALL, resource), []
        for given in ({}, SOME[statistic.records]):
            result = compute(reading, SEEN_BY_ALL, statistic, given)
            assert result.value(), "there is something to count"
            for cell in result.cells():
                href = result.address(*cell)
                if href:
                    state = read_state(resource, filters, dict(parse_qsl(urlsplit(href).query)))
                    rows = count(reading, answer(resource.model, SEEN_BY_ALL, question_of(resource, filters, state)), resource.model, None)
                    measure = result.measure(cell.measure)
                    number = result.value(cell.group, cell.series, measure.whole if isinstance(measure, Ratio) else measure.key)
                    wrong += [(href, number, rows)] if rows != number else []
        assert wrong == []


@pytest.mark.parametrize("form", ["bar", "pie", "table"])
def test_every_form_is_drawn(form: str, world: World) -> None:
    with read_session() as reading:
        for one in STATISTICS:
            assert one.title in str(statistic_page(reading, SEEN_BY_ALL, DANGER_STATISTICS, {"of": one.key, "form": form}))
