"""Officers act on the same cases at once: one wins, the others are told who was faster, no step is lost or done twice."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest

from data.servers import process
from data.settings import Settings
from tests.acting import Answer, Officer, Trail, at_once, lost, officers, to_look_at, trails
from tests.dashboard.cases import user_id
from tests.platform import ROOT, free_ports, is_up, wait_for

OFFICERS, CASES, PRESSING = 20, 12, 5
STARTS_AT = 2  # the enterprise has taken the first step


@pytest.fixture(scope="module")
def port(demo_database: Settings, folder: Path) -> Iterator[int]:
    """The port of the web role, its two workers on the database of this module."""
    [free] = free_ports(1)
    environment = os.environ | {"PARK_DATABASE_URL": demo_database.effective_database_url, "PARK_WEB_PORT": str(free)}
    running = process.spawn([sys.executable, "app.py", "web"], folder / "web.log", environment=environment, folder=ROOT)
    try:
        wait_for(lambda: is_up(free), 60, "the web role")
        yield free
    finally:
        process.stop(running, signal.SIGTERM, 15)


Course = tuple[list[Answer], dict[int, Trail]]


@pytest.fixture(scope="module")
def course(port: int) -> Course:
    """Every case was acted on by five officers at once, who all had the same page before them: first 抄送, then 通过 or 退回."""
    random, dangers, answers = Random(20), to_look_at(CASES), []
    with officers(port, OFFICERS) as people:
        told = str(user_id("leader"))
        for version, choices in ((STARTS_AT, (("copy", {"people": told}),)), (STARTS_AT + 1, (("pass", {"opinion": "现场复查合格"}), ("return", {"opinion": "照片不清楚"})))):
            plans: list[list[partial[Answer]]] = [[] for _ in people]
            for place, danger in enumerate(dangers):
                for number in range(PRESSING):
                    action, values = random.choice(choices)
                    plans[(place * PRESSING + number) % OFFICERS].append(partial(Officer.act, danger=danger, version=version, action=action, **values))
            answers += at_once(people, plans)
    return answers, trails(dangers)


def test_exactly_one_wins_every_version_of_every_case(course: Course) -> None:
    answers, found = course
    won = Counter((one.danger, one.version) for one in answers if one.is_done)
    assert len(answers) == CASES * PRESSING * 2
    assert won == Counter({(danger, version): 1 for danger in found for version in (STARTS_AT, STARTS_AT + 1)})


def test_everybody_else_is_told_who_was_faster_with_what(course: Course) -> None:
    answers, found = course
    beaten = [one for one in answers if not one.is_done]
    assert len(beaten) == CASES * (PRESSING - 1) * 2
    for one in beaten:
        told = re.fullmatch(r"(.+)刚刚办理了“(.+)”，请刷新后再看，您填写的内容仍保留在页面上。", one.text)
        assert told, one
        first = [(step.user_name, step.label) for step in found[one.danger].steps if step.number >= one.version]
        assert told.groups() in first and told[1] != one.officer, (one, first)


def test_no_step_is_lost_or_taken_twice(course: Course) -> None:
    answers, found = course
    for trail in found.values():
        assert [step.number for step in trail.steps] == [1, 2, 3]
        assert trail.version == 4
        assert trail.state == trail.node == trail.steps[-1].to_node
        assert [step.to_node for step in trail.steps[:-1]] == [step.from_node for step in trail.steps[1:]]
    assert {trail.node for trail in found.values()} == {"rectified", "rectify"}
    assert lost(answers, found) == 0
