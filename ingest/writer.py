"""The one writer: a batch is one transaction (rows, alarms, refusals, latest values), then every sender is answered."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg2
from psycopg2.extensions import TransactionRollbackError

from data.alarms import Edge, apply_edges
from data.db import connection_raw
from data.rules.shares import share_of
from data.settings import Settings
from data.telemetry import PositionRow, ReadingRow, day_of, ensure_partitions, store_positions, store_readings
from data.terminal_records import RecordRow, store_records
from ingest.directory import Directory
from ingest.latest import latest_position, position_row, utc, write_positions, write_readings
from ingest.pipeline import DRIFT, LATE, NOT_FIXED, Arrival, Envelope, Pipeline, Presence, Refusal
from ingest.presence import write_presences
from ingest.refusals import Refusals
from ingest.restore import restore_points, restore_terminals
from ingest.shares import LOOK_S, PATIENCE_S, Shares
from ingest.unknown import UnknownPoints
from ingest.vehicle_watch import VehicleWatch
from ingest.watch import AlarmWatch

log = logging.getLogger(__name__)

LIVE_CHANNEL = "live_latest"
CONFIG_CHANNEL = "config"
HERE_CHANNEL = "terminals_here"  # numbers of terminals that an ingest role hears from now on
HERE_AT_ONCE = 300  # a notice holds 8,000 bytes


@dataclass
class Batch:
    """What one transaction writes, computed once, so that it can be tried again as it is."""

    fresh_readings: list[ReadingRow] = field(default_factory=list)
    other_readings: list[ReadingRow] = field(default_factory=list)
    fresh_positions: list[PositionRow] = field(default_factory=list)
    other_positions: list[PositionRow] = field(default_factory=list)
    records: list[RecordRow] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)  # of points whose state changed without a new value
    presences: list[tuple[Presence, float]] = field(default_factory=list)  # with the time of arrival
    arrivals: list[str] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    acks: list[Callable[[], object]] = field(default_factory=list)


class Writer(threading.Thread):
    """Takes envelopes until ``stop`` is called; then writes what is left and ends.

    With ``shares`` it judges the points of those that it holds, without them all. ``on_here`` is told the numbers of terminals
    that an ingest role hears from now on, in the order in which the roles said so, and whether it is this one.
    """

    def __init__(self, settings: Settings, pipeline: Pipeline, directory: Directory, shares: Shares | None = None) -> None:
        super().__init__(name="writer")
        self.on_here: Callable[[list[str], bool], None] = lambda phones, is_mine: None
        self._shares = shares
        self._looked = 0.0
        self._reached = time.monotonic()  # when the database did last what it was asked
        self._settings = settings
        self._pipeline = pipeline
        self._directory = directory
        self._stopping = threading.Event()
        self.is_ready = threading.Event()
        self._connection: Any = None
        self._watch = AlarmWatch(directory, time.time(), self._judges)
        self._vehicles = VehicleWatch(directory, settings.overspeed_kmh, settings.simulate_speed)
        self._latest_readings: dict[int, tuple[Any, ...]] = {}
        self._latest_positions: dict[int, tuple[Any, ...]] = {}
        self._unknown = UnknownPoints()
        self._serials: dict[int, tuple[float, int]] = {}
        self._places: dict[int, tuple[float, float]] = {}
        self._known_days: set[date] = set()
        self._refusals = Refusals()
        self._flushed = 0.0
        self._ticked = 0.0
        self.batch_rows = settings.batch_rows
        self.counts = {"readings": 0, "positions": 0, "duplicates": 0, "refusals": 0, "batches": 0, "edges": 0}
        self.commit_ms = 0.0
        self.committed_at = 0.0

    def stop(self) -> None:
        """Let the thread write what is queued and end."""
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._connect()
                self.is_ready.set()
                break
            except psycopg2.Error as error:
                log.warning("the database does not answer yet: %s", error)
                self._stopping.wait(1)
        while self.is_ready.is_set() and not (self._stopping.is_set() and not self._pipeline.depth):
            envelopes = self._pipeline.take(self.batch_rows, self._settings.flush_ms / 1000, idle=0.25)
            self._renew()
            self._look()
            self._take_up([one for envelope in envelopes for one in envelope.arrivals])
            batch = self._prepare(envelopes, time.time())
            is_due = self._is_due(time.monotonic()) or self._unknown.is_due(time.monotonic())
            if batch.acks or batch.edges or batch.refusals or batch.presences or batch.arrivals or is_due:
                self._write_until_done(batch)
        if self.is_ready.is_set():
            self._flush_end()

    # What a batch contains

    def _prepare(self, envelopes: list[Envelope], now: float) -> Batch:
        batch = Batch()
        for envelope in envelopes:
            batch.refusals += envelope.refusals
            batch.arrivals += [one.phone for one in envelope.arrivals]
            if envelope.ack:
                batch.acks.append(envelope.ack)
            self._unknown.take(envelope.unknowns, envelope.received)
            if envelope.presence:
                batch.presences.append((envelope.presence, envelope.received))
                batch.edges += self._watch.told(*envelope.presence, envelope.received)
            self._take_readings(batch, envelope)
            self._take_fixes(batch, envelope)
            batch.records += [RecordRow(*row[:4], envelope.received, *row[4:]) for row in envelope.records]
        if now - self._ticked >= 1:
            self._ticked = now
            edges = self._watch.tick(now)
            batch.edges += edges
            self._take_states(batch, edges)
        return batch

    def _take_readings(self, batch: Batch, envelope: Envelope) -> None:
        rows = [row for row in envelope.readings if self._is_kept(batch, row.ts)]
        for row in rows:
            watch = self._watch.points.get(row.point_id)
            is_new = watch is None or row.ts > watch.last_ts
            (batch.fresh_readings if is_new else batch.other_readings).append(ReadingRow(*row))
            edges = self._watch.readings([row], envelope.received)
            batch.edges += edges
            watch = self._watch.points.get(row.point_id)
            if is_new and row.quality and watch is not None:
                watch.last_ts = row.ts  # also where alarms are off (检修)
                values = (row.point_id, utc(row.ts), utc(envelope.received), row.value, row.quality, watch.state)
                self._latest_readings[row.point_id] = values

    def _take_states(self, batch: Batch, edges: list[Edge]) -> None:
        """A state that changed by time alone belongs to a value that is written already, or waits to be."""
        for edge in edges:
            if edge.condition in ("high", "low"):
                identity, state = edge.source.id, self._watch.points[edge.source.id].state
                batch.states[identity] = state
                if identity in self._latest_readings:
                    self._latest_readings[identity] = (*self._latest_readings[identity][:-1], state)

    def _take_fixes(self, batch: Batch, envelope: Envelope) -> None:
        for told in envelope.fixes:
            if not self._is_kept(batch, told.ts):
                continue
            row = self._vehicles.checked(told)
            last = self._serials.get(row.terminal_id, (0.0, -1))
            is_new = (row.ts, row.serial) > last and row.ts > last[0]
            (batch.fresh_positions if is_new else batch.other_positions).append(position_row(row, envelope.received))
            batch.edges += self._vehicles.fixes([row])
            if row.ts >= last[0] and not row.flags & LATE:
                self._serials[row.terminal_id] = (row.ts, row.serial)
                if not row.flags & (NOT_FIXED | DRIFT):
                    self._places[row.terminal_id] = (row.lon, row.lat)
                # Without a fix that is believed the place stays the last that was known.
                place = self._places.get(row.terminal_id, (row.lon, row.lat))
                self._latest_positions[row.terminal_id] = latest_position(row, place, envelope.received)

    def _is_kept(self, batch: Batch, ts: float) -> bool:
        """Rows beyond the days that are kept have no partition; their listeners should have refused them."""
        today = datetime.now(UTC).date()
        day = day_of(ts)
        if not today - timedelta(days=self._settings.raw_days) <= day <= today + timedelta(days=1):
            return False
        batch.days.add(day)
        return True

    # How it is written

    def _write_until_done(self, batch: Batch) -> None:
        delay = 0.2
        while True:
            try:
                self._write(batch)
                break
            except TransactionRollbackError:
                log.info("another role wrote the same rows at the same moment; the batch is written again")
                time.sleep(0.02)
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                log.warning("the batch waits, the database does not answer: %s", str(error).strip())
                time.sleep(delay)
                delay = min(delay * 2, 2.0)
                self._reconnect()
            except Exception:
                log.exception("a batch was refused as a whole; its rows are written one by one")
                batch = self._write_singly(batch)
        for ack in batch.acks:
            try:
                ack()
            except Exception:
                log.exception("an answer could not be sent; the sender will send again")

    def _write(self, batch: Batch) -> None:
        started = time.monotonic()
        flushes = bool(batch.edges) or self._is_due(started)
        with self._connection, self._connection.cursor() as cursor:
            new_days = batch.days - self._known_days
            ensure_partitions(cursor, new_days)
            readings = store_readings(cursor, batch.fresh_readings, fresh=True)
            readings += store_readings(cursor, batch.other_readings, fresh=False)
            positions = store_positions(cursor, batch.fresh_positions, fresh=True)
            positions += store_positions(cursor, batch.other_positions, fresh=False)
            store_records(cursor, batch.records)
            apply_edges(cursor, batch.edges)
            self._refusals.write(cursor, batch.refusals)
            for point_id, state in batch.states.items():
                cursor.execute(_SET_STATE, (state, point_id))
            write_presences(cursor, batch.presences)
            for first in range(0, len(batch.arrivals), HERE_AT_ONCE):
                cursor.execute("SELECT pg_notify(%s, %s)", (HERE_CHANNEL, ",".join(batch.arrivals[first : first + HERE_AT_ONCE])))
            notes = self._unknown.is_due(started)
            if notes:
                self._unknown.write(cursor, self._directory.world)
            tracks = self._write_latest(cursor) if flushes else {}
        if notes:
            self._unknown.written(started)
        self._known_days |= new_days
        if flushes:
            self._latest_written(tracks, started)
        self._count(batch, readings, positions)
        self.commit_ms = (time.monotonic() - started) * 1000
        self.committed_at = time.time()
        self._reached = time.monotonic()

    def _latest_written(self, tracks: dict[int, dict[str, Any]], now: float) -> None:
        self._vehicles.stored(tracks)
        self._latest_readings.clear()
        self._latest_positions.clear()
        self._flushed = now

    def _write_singly(self, batch: Batch) -> Batch:
        """Write each row on its own; what is left to write: the edges, and a refusal for every row that the database does not take."""
        left = Batch(
            edges=batch.edges, states=batch.states, refusals=list(batch.refusals), acks=batch.acks, presences=batch.presences,
            arrivals=batch.arrivals,
        )
        rows: list[tuple[Any, Any]] = [(store_readings, row) for row in batch.fresh_readings + batch.other_readings]
        rows += [(store_positions, row) for row in batch.fresh_positions + batch.other_positions]
        rows += [(store_records, row) for row in batch.records]
        for store, row in rows:
            try:
                with self._connection, self._connection.cursor() as cursor:
                    ensure_partitions(cursor, [day_of(row.ts)])
                    store(cursor, [row], fresh=False)
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                raise
            except Exception as error:
                detail = f"数据库不接受这一行：{error}"
                left.refusals.append(Refusal("writer", type(row).__name__, "not_stored", detail, repr(row).encode()))
        return left

    def _is_due(self, now: float) -> bool:
        """Whether latest values wait and may be written: at once after a pause, else at the interval."""
        return (
            bool(self._latest_readings or self._latest_positions)
            and now - self._flushed >= self._settings.latest_ms / 1000
        )

    def _write_latest(self, cursor: Any) -> dict[int, dict[str, Any]]:
        """Write the latest values, and what the rules remember of the same vehicles; the latter is given back."""
        tracks = self._vehicles.changed_tracks(self._latest_positions)
        write_readings(cursor, self._latest_readings)
        write_positions(cursor, self._latest_positions, tracks)
        if self._latest_readings or self._latest_positions:
            cursor.execute("SELECT pg_notify(%s, '')", (LIVE_CHANNEL,))
        return tracks

    def _count(self, batch: Batch, readings: int, positions: int) -> None:
        sent = (
            len(batch.fresh_readings)
            + len(batch.other_readings)
            + len(batch.fresh_positions)
            + len(batch.other_positions)
        )
        self.counts["readings"] += readings
        self.counts["positions"] += positions
        self.counts["duplicates"] += sent - readings - positions
        self.counts["refusals"] += len(batch.refusals)
        self.counts["edges"] += len(batch.edges)
        self.counts["batches"] += 1

    # The connection, and what is remembered across restarts

    def _connect(self) -> None:
        self._connection = connection_raw()
        self._directory.refresh()
        with self._connection, self._connection.cursor() as cursor:
            today = datetime.now(UTC).date()
            ensure_partitions(cursor, [today, today + timedelta(days=1)])
            self._unknown.restore(cursor)
            if self._shares is None:
                restore_points(cursor, self._watch, self._directory.world, lambda enterprise: True)
            self._restored(restore_terminals(cursor, self._vehicles))
        self._listen()

    def _reconnect(self) -> None:
        try:
            self._connection.close()
            self._connection = connection_raw()
            self._listen()
            self._reached = time.monotonic()
        except psycopg2.Error as error:
            log.warning("still no database: %s", str(error).strip())
            if self._shares and time.monotonic() - self._reached > PATIENCE_S:
                self._shares.step_back()

    def _listen(self) -> None:
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CONFIG_CHANNEL}; LISTEN {HERE_CHANNEL}")
            if self._shares:
                self._shares.enter(cursor)

    # Other roles

    def _judges(self, enterprise: str) -> bool:
        return self._shares is None or share_of(enterprise) in self._shares.held

    def _look(self) -> None:
        """Take up the shares that are due to this role, and let go of those that are due to others."""
        now = time.monotonic()
        if self._shares is None or now - self._looked < LOOK_S:
            return
        self._looked = now
        try:
            with self._connection, self._connection.cursor() as cursor:
                turn = self._shares.look(cursor, now)
                if turn.given:  # whoever takes them up reads what is written here
                    tracks = self._write_latest(cursor)
                if turn.taken:
                    self._forget(turn.taken)
                    restore_points(cursor, self._watch, self._directory.world, lambda enterprise: share_of(enterprise) in turn.taken)
            self._shares.begin(turn.taken)
            if turn.given:
                self._latest_written(tracks, now)
                with self._connection, self._connection.cursor() as cursor:
                    self._shares.give(cursor, turn.given)
                self._forget(turn.given)
            self._reached = now
        except (psycopg2.Error, OSError) as error:
            log.warning("the shares could not be looked at: %s", str(error).strip())
            self._reconnect()

    def _forget(self, shares: list[int]) -> None:
        world = self._directory.world
        points = {one.id for one in world.points.values() if share_of(one.enterprise_code) in shares}
        self._watch.forget(points, {one.id for one in world.gateways.values() if share_of(one.enterprise_code) in shares})

    def _take_up(self, arrivals: list[Arrival]) -> None:
        """What another role has found out meanwhile of terminals that speak here now."""
        if not arrivals:
            return
        try:
            with self._connection, self._connection.cursor() as cursor:
                self._restored(restore_terminals(cursor, self._vehicles, [one.terminal_id for one in arrivals]))
        except (psycopg2.Error, OSError) as error:
            log.warning("the tracks of %s terminals could not be taken up: %s", len(arrivals), str(error).strip())

    def _restored(self, found: list[tuple[int, float, tuple[float, float]]]) -> None:
        for terminal_id, ts, place in found:
            self._places[terminal_id] = place
            self._serials[terminal_id] = (ts, 1 << 31)

    def _renew(self) -> None:
        """Read the park anew when somebody changed a point, a terminal or an area."""
        try:
            self._connection.poll()
            heard, self._connection.notifies[:] = list(self._connection.notifies), []
            mine = self._connection.info.backend_pid
            for one in heard:
                if one.channel == HERE_CHANNEL:
                    self.on_here(one.payload.split(","), one.pid == mine)
            if any(one.channel == CONFIG_CHANNEL for one in heard):
                self._directory.refresh()
                self._unknown.sweep()
        except (psycopg2.Error, OSError):
            self._reconnect()
        except Exception:
            log.exception("the park could not be read anew; the last reading stays in force")

    def _flush_end(self) -> None:
        try:
            if self._latest_readings or self._latest_positions:
                with self._connection, self._connection.cursor() as cursor:
                    self._write_latest(cursor)
            self._connection.close()
        except (psycopg2.Error, AttributeError):
            log.warning(
                "the last values could not be written; they are in the store and are read again at the next start"
            )


_SET_STATE = "UPDATE latest_reading SET state = %s, changed_at = now() WHERE point_id = %s"
