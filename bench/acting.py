"""Officers who act on the same cases at once, over HTTP to the web role: how long an action takes them, and what is lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from statistics import median, quantiles
from threading import Barrier, Thread
from typing import Any

from bench.stage import Stage, figure, stage
from tests.acting import Answer, Officer, at_once, lost, to_look_at, trails
from tests.acting import officers as signed_in
from tests.dashboard.cases import user_id
from tests.platform import is_up

OFFICERS, CASES, PRESSING = 20, 200, 3
EVERY = 3.0  # seconds in which an officer reads a case and decides
GOAL = 300.0  # ms
FIRST = 2  # the version at which the cases wait: the enterprise has taken a step


def act() -> list[dict[str, Any]]:
    """Median and 95th percentile of an action, the goal beside it; and the same number of bare transactions beside the median.

    An action is what a browser sends and gets back when a button of the page of a case is pressed: the step and the page drawn
    anew. Every case is acted on by three officers who saw the same version: once with the pace of people who read what they
    decide, once without any pause, which is what a machine of two cores can do at most.
    """
    with stage() as place, place.role("web"):
        dangers = to_look_at(CASES)
        place.until(lambda: is_up(place.settings.web_port))
        with signed_in(place.settings.web_port, OFFICERS) as people:
            _take(people, dangers[:OFFICERS], FIRST - 1, "pass")  # nobody sees that any more: warms both workers up
            paced = _take(people, dangers, FIRST, "copy", EVERY, people=str(user_id("leader")))
            rushed = _take(people, dangers, FIRST + 1, "pass")
        found = trails(dangers)
        missing = lost(paced + rushed, found)
        assert missing == 0, f"{missing} lost or double steps"
        assert all(trail.version == FIRST + 2 and trail.node == trail.state == "rectified" for trail in found.values())
        bare = _bare(place, len(rushed))
    return [
        figure("workflow.act", _p95(paced), f"ms p95, each {EVERY:g} s", "ms, the goal", GOAL) | {"actions": len(paced), "lost": missing},
        figure("workflow.act_rushed", _p95(rushed), "ms p95, no pause", "ms, the goal", GOAL) | {"actions": len(rushed)},
        figure("workflow.act_p50", median(one.seconds * 1000 for one in rushed), "ms p50, no pause", "ms, update + insert alone", bare),
    ]


def _p95(answers: Sequence[Answer]) -> float:
    return quantiles([one.seconds * 1000 for one in answers], n=20)[-1]


def _take(officers: Sequence[Officer], dangers: Sequence[int], version: int, action: str, every: float = 0.0, /, **values: str) -> list[Answer]:
    plans: list[list[partial[Answer]]] = [[] for _ in officers]
    for number, danger in enumerate(one for one in dangers for _ in range(PRESSING)):
        plans[number % len(officers)].append(partial(Officer.act, danger=danger, version=version, action=action, opinion="现场复查合格", **values))
    return at_once(officers, plans, every)


def _bare(place: Stage, count: int) -> float:
    """Median time in ms of a transaction that does nothing but move a case on and write the step, by as many at once."""
    ids, times, start = _cases(place), [], Barrier(OFFICERS)  # type: ignore[var-annotated]

    def work(own: list[int]) -> None:
        connection = place.connection()
        connection.autocommit = False
        cursor = connection.cursor()
        start.wait()
        for number in range(count // OFFICERS):
            started = time.perf_counter()
            cursor.execute("UPDATE workflow_case SET version = version + 1 WHERE id = %s RETURNING version", (own[number % len(own)],))
            cursor.execute(
                """INSERT INTO workflow_step (case_id, number, kind, action, label, from_node, to_node, at, waited_s, user_name, values)
                VALUES (%s, %s, 'note', 'bare', '', '', '', now(), 0, '', '{}')""",
                (own[number % len(own)], cursor.fetchone()[0]),
            )
            connection.commit()
            times.append((time.perf_counter() - started) * 1000)
        connection.close()

    threads = [Thread(target=work, args=(ids[number::OFFICERS],)) for number in range(OFFICERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return median(times)


def _cases(place: Stage) -> list[int]:
    cursor = place.connection().cursor()
    cursor.execute("SELECT id FROM workflow_case ORDER BY id")
    return [row[0] for row in cursor.fetchall()]
