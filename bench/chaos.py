"""5,000 trucks and 3,000 points live while two ingest roles are killed at random, database and broker are restarted and the network is cut for 30 s.

BENCH_CHAOS_S says for how many seconds (600). At the end everything that a device was told to be safe is looked for in the store.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from bench.chaos_field import Field, Station, Truck
from bench.frame import prepare
from bench.stage import ROOT, Stage, figure, stage
from data.rules.shares import SHARES
from tests.platform import free_ports

TRUCKS, POINTS, POINTS_A_STATION = 5_000, 3_000, 30
ALARMING = 10  # each so-manieth device raises alarms
CUT_S = 30.0
RECOVERY_S = 10.0
WARM_S = 20.0
LAG_S = 3.0  # what was said so long ago should be stored and answered
CALM_S = 8.0  # longer than it may take until what a fault has done is seen


class Kept:
    """A role that is started again a second after it ended, as the supervisor does; with the most memory that it held."""

    def __init__(self, place: Stage, port: int) -> None:
        self._environment = place.environment | {"PARK_JT808_PORT": str(port)}
        self._log = place.settings.data_dir / "ingest.log"
        self._ends = threading.Event()
        self.most_kb = self.ended = 0
        self._start()
        self._watcher = threading.Thread(target=self._watch)
        self._watcher.start()

    def _start(self) -> None:
        with open(self._log, "ab") as log:
            self.process = subprocess.Popen([sys.executable, "app.py", "ingest"], cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def _watch(self) -> None:
        while not self._ends.wait(0.5):
            if self.process.poll() is not None:
                self.ended += 1
                self._ends.wait(1.0)
                self._start()
            self.most_kb = max(self.most_kb, self.held_kb())

    def held_kb(self) -> int:
        """KiB that the process holds now."""
        with suppress(OSError, StopIteration), open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(next(line.split()[1] for line in status if line.startswith("VmRSS")))
        return 0

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        self.process.send_signal(signal.SIGKILL)

    def stop(self) -> None:
        self._ends.set()
        self._watcher.join()
        self.process.terminate()
        self.process.wait(15)


def chaos() -> list[dict[str, Any]]:
    """What was lost, what came twice, alarms that are wrong, the longest recovery, the memory of a role at its worst against that after WARM_S."""
    lasts = float(os.environ.get("BENCH_CHAOS_S", "600"))
    with stage() as place:
        prepare(place, TRUCKS, POINTS)
        ports = [place.settings.jt808_port, *free_ports(1)]
        field = Field(ports, place.settings.mqtt_port)
        _settle(place, field)
        with _roles(place, ports) as roles:
            place.until(lambda: _shares(place) == SHARES)
            field.start()
            time.sleep(WARM_S)
            warm = max(one.held_kb() for one in roles)
            kills = _disturb(place, field, roles, time.monotonic() + lasts - WARM_S)
            field.is_over = True
            field.join(120)
            assert not field.is_alive(), "devices still wait for answers"
            place.until(lambda: not _missing(place, field, time.time()), 60)
            found = _judge(place, field)
            most = max(one.most_kb for one in roles)
            ended = sum(one.ended for one in roles) - kills["ingest killed"]
    worst = max(kills.recoveries)
    print(f"  {field.refused} refused, roles that ended by themselves {ended}, recoveries {', '.join(f'{one:.1f}' for one in kills.recoveries)} s", file=sys.stderr)
    return [
        figure("ingest.chaos.lost", found["lost"], "rows", "rows acknowledged", found["acknowledged"]),
        figure("ingest.chaos.doubled", found["doubled"], "rows", "rows acknowledged", found["acknowledged"]),
        figure("ingest.chaos.alarms", found["wrong"], "alarms wrong", "alarms expected", found["alarms"]),
        figure("ingest.chaos.recovery", worst, f"s, the longest of {len(kills.recoveries)}", "s, the goal", RECOVERY_S),
        figure("ingest.chaos.memory", most / 1024, "MB, a role at its most", f"MB after {WARM_S:g} s", warm / 1024),
    ]


@contextmanager
def _roles(place: Stage, ports: list[int]) -> Iterator[list[Kept]]:
    roles = [Kept(place, port) for port in ports]
    try:
        yield roles
    finally:
        for role in roles:
            role.stop()


def _settle(place: Stage, field: Field) -> None:
    """Everything in the field stands where its devices say, and has a limit that they know; the devices."""
    cursor = place.connection().cursor()
    cursor.execute("TRUNCATE latest_position, latest_reading")
    cursor.execute("UPDATE point SET high = 90, min_duration_s = 0, high_high = NULL WHERE code LIKE 'B-%'")
    cursor.execute("UPDATE tank SET state = 'in_service'")
    cursor.execute("SELECT e.code, array_agg(p.code ORDER BY p.id) FROM point p JOIN enterprise e ON e.id = p.enterprise_id WHERE p.code LIKE 'B-%' GROUP BY 1")
    for enterprise, codes in cursor.fetchall():
        for first in range(0, len(codes), POINTS_A_STATION):
            topic = f"park/{place.settings.park_code}/{enterprise}/chaos-{first}/telemetry"
            field.talkers.append(Station(field, topic, codes[first : first + POINTS_A_STATION], len(field.talkers) % ALARMING == 0))
    cursor.execute("SELECT phone FROM terminal WHERE state = 'approved' AND auth_code IS NULL AND vehicle_id IS NOT NULL ORDER BY id")
    for (phone,) in cursor.fetchall():
        field.talkers.append(Truck(field, phone, len(field.talkers) % ALARMING == 0))


class Recoveries(Counter[str]):
    """How often each fault was made, and the seconds that it took each time."""

    def __init__(self) -> None:
        super().__init__()
        self.recoveries: list[float] = []


def _disturb(place: Stage, field: Field, roles: list[Kept], until: float) -> Recoveries:
    """One fault after the other in a random order, every kind before any comes again."""
    chance, made = random.Random(20_260_808), Recoveries()
    faults: dict[str, Callable[[], None]] = {
        "ingest killed": lambda: chance.choice(roles).kill(),
        "database restarted": lambda: place.restart("postgres"),
        "broker restarted": lambda: place.restart("broker"),
        "network cut": lambda: field.cut(CUT_S),
    }
    order: list[str] = []
    while time.monotonic() < until:
        order = order or chance.sample([*faults, "ingest killed", "ingest killed"], 6)
        name = order.pop()
        began = time.time()
        faults[name]()
        made[name] += 1
        # A server that is started again is away for a while by itself: that counts.
        made.recoveries.append(_recovered(place, field) - began - (CUT_S if name == "network cut" else 0.0))
        print(f"  {name}: all is well {made.recoveries[-1]:.1f} s later", file=sys.stderr, flush=True)
        time.sleep(chance.uniform(2, 8))
    return made


def _recovered(place: Stage, field: Field) -> float:
    """When it was last seen that something had waited for longer than LAG_S; nothing has for CALM_S since."""
    begins = now = last = time.time()
    while now - last < CALM_S:
        if field.owes(now - LAG_S) or _missing(place, field, now - LAG_S):
            last = now
        assert now - begins < 120, "what was said is not stored and answered"
        time.sleep(0.2)
        now = time.time()
    return last


def _shares(place: Stage) -> int:
    return int(_ask(place, "SELECT coalesce(sum((facts->>'mqtt_shares')::int), 0) FROM role_state WHERE role LIKE 'ingest%%' AND beat_at > now() - interval '5 seconds'")[0][0])


def _missing(place: Stage, field: Field, until: float) -> int:
    """Values that the broker took of what was said by then, and that are not stored yet."""
    taken = sum(len(one.codes) * sum(1 for at in one.acknowledged if at <= until) for one in field.talkers if isinstance(one, Station))
    return taken - int(_ask(place, "SELECT count(*) FROM reading WHERE ts <= to_timestamp(%s)", until)[0][0])


def _judge(place: Stage, field: Field) -> dict[str, int]:
    """What is stored and raised, against what the devices know."""
    stored = {code: times for code, times in _ask(place, "SELECT p.code, array_agg(extract(epoch FROM r.ts)::bigint) FROM reading r JOIN point p ON p.id = r.point_id GROUP BY 1")}
    stored |= {phone: times for phone, times in _ask(place, "SELECT t.phone, array_agg(extract(epoch FROM r.ts)::bigint) FROM position r JOIN terminal t ON t.id = r.terminal_id GROUP BY 1")}
    alarms: dict[str, list[tuple[int, bool]]] = {}
    for name, count, is_over in _ask(place, """SELECT coalesce(p.code, t.phone), a.occurrences, a.cleared_at IS NOT NULL FROM alarm a
        LEFT JOIN point p ON a.source_type = 'point' AND p.id = a.source_id LEFT JOIN terminal t ON a.source_type = 'vehicle' AND t.vehicle_id = a.source_id
        WHERE p.code LIKE 'B-%%' OR a.condition = 'sos'"""):
        alarms.setdefault(name, []).append((count, is_over))
    found = Counter[str]()
    for one in field.talkers:
        names = one.codes if isinstance(one, Station) else [one.phone] if isinstance(one, Truck) else []
        times = sum(1 for before, after in zip([None, *one.said], one.said, strict=False) if after.alarms and not (before and before.alarms))
        # A cry for help ends by a person only.
        wanted = [(times, isinstance(one, Station) and not one.said[-1].alarms)] if times else []
        for name in names:
            found["acknowledged"] += len(one.acknowledged)
            found["lost"] += len(set(one.acknowledged) - set(stored.get(name, ())))
            found["doubled"] += len(stored.get(name, ())) - len({said.at for said in one.said})
            found["alarms"] += len(wanted)
            found["wrong"] += alarms.pop(name, []) != wanted
    found["wrong"] += len(alarms)
    return found


def _ask(place: Stage, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    connection = place.connection()
    try:
        cursor = connection.cursor()
        cursor.execute(statement, values)
        return list(cursor.fetchall())
    finally:
        connection.close()
