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
from psycopg2.extras import Json, execute_values

from data.alarms import Edge, apply_edges
from data.db import connection_raw
from data.settings import Settings
from data.telemetry import PositionRow, ReadingRow, day_of, ensure_partitions, store_positions, store_readings
from data.terminal_records import RecordRow, store_records
from ingest.directory import Directory
from ingest.pipeline import DRIFT, LATE, NOT_FIXED, Envelope, Fix, Pipeline, Presence, Refusal
from ingest.presence import write_presences
from ingest.unknown import UnknownPoints
from ingest.vehicle_watch import VehicleWatch
from ingest.watch import AlarmWatch

log = logging.getLogger(__name__)

SAMPLE_BYTES = 2048
PEERS_AN_HOUR = 500  # distinct senders with refusals that are kept apart; the rest share one row
LIVE_CHANNEL = "live_latest"
CONFIG_CHANNEL = "config"


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
    days: set[date] = field(default_factory=set)
    acks: list[Callable[[], object]] = field(default_factory=list)


class Writer(threading.Thread):
    """Takes envelopes until ``stop`` is called; then writes what is left and ends."""

    def __init__(self, settings: Settings, pipeline: Pipeline, directory: Directory) -> None:
        super().__init__(name="writer")
        self._settings = settings
        self._pipeline = pipeline
        self._directory = directory
        self._stopping = threading.Event()
        self.is_ready = threading.Event()
        self._connection: Any = None
        self._watch = AlarmWatch(directory, time.time())
        self._vehicles = VehicleWatch(directory, settings.overspeed_kmh, settings.simulate_speed)
        self._latest_readings: dict[int, tuple[Any, ...]] = {}
        self._latest_positions: dict[int, tuple[Any, ...]] = {}
        self._unknown = UnknownPoints()
        self._serials: dict[int, tuple[float, int]] = {}
        self._places: dict[int, tuple[float, float]] = {}
        self._known_days: set[date] = set()
        self._peers: dict[str, set[str]] = {}
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
            batch = self._prepare(envelopes, time.time())
            is_due = self._is_due(time.monotonic()) or self._unknown.is_due(time.monotonic())
            if batch.acks or batch.edges or batch.refusals or batch.presences or is_due:
                self._write_until_done(batch)
        if self.is_ready.is_set():
            self._flush_end()

    # What a batch contains

    def _prepare(self, envelopes: list[Envelope], now: float) -> Batch:
        batch = Batch()
        for envelope in envelopes:
            batch.refusals += envelope.refusals
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
                values = (row.point_id, _utc(row.ts), _utc(envelope.received), row.value, row.quality, watch.state)
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
            (batch.fresh_positions if is_new else batch.other_positions).append(_position(row, envelope.received))
            batch.edges += self._vehicles.fixes([row])
            if row.ts >= last[0] and not row.flags & LATE:
                self._serials[row.terminal_id] = (row.ts, row.serial)
                if not row.flags & (NOT_FIXED | DRIFT):
                    self._places[row.terminal_id] = (row.lon, row.lat)
                # Without a fix that is believed the place stays the last that was known.
                place = self._places.get(row.terminal_id, (row.lon, row.lat))
                self._latest_positions[row.terminal_id] = _latest(row, place, envelope.received)

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
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                log.warning("the batch waits, the database does not answer: %s", str(error).strip())
                time.sleep(delay)
                delay = min(delay * 2, 5.0)
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
            self._write_refusals(cursor, batch.refusals)
            for point_id, state in batch.states.items():
                cursor.execute(_SET_STATE, (state, point_id))
            write_presences(cursor, batch.presences)
            notes = self._unknown.is_due(started)
            if notes:
                self._unknown.write(cursor, self._directory.world)
            tracks = self._write_latest(cursor) if flushes else {}
        if notes:
            self._unknown.written(started)
        self._known_days |= new_days
        self._vehicles.stored(tracks)
        if flushes:
            self._latest_readings.clear()
            self._latest_positions.clear()
            self._flushed = started
        self._count(batch, readings, positions)
        self.commit_ms = (time.monotonic() - started) * 1000
        self.committed_at = time.time()

    def _write_singly(self, batch: Batch) -> Batch:
        """Write each row on its own; what is left to write: the edges, and a refusal for every row that the database does not take."""
        left = Batch(
            edges=batch.edges, states=batch.states, refusals=list(batch.refusals), acks=batch.acks, presences=batch.presences
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
        now = datetime.now(UTC)
        if self._latest_readings:
            execute_values(
                cursor, _UPSERT_READINGS, [(*row, now) for row in self._latest_readings.values()], page_size=1000
            )
        if self._latest_positions:
            execute_values(
                cursor, _UPSERT_POSITIONS, [(*row, now) for row in self._latest_positions.values()], page_size=1000
            )
            cursor.execute(_SEEN, (list(self._latest_positions),))
        tracks = self._vehicles.changed_tracks(self._latest_positions)
        if tracks:
            execute_values(cursor, _UPSERT_TRACKS, [(terminal, Json(kept)) for terminal, kept in tracks.items()], page_size=1000)
        if self._latest_readings or self._latest_positions:
            cursor.execute("SELECT pg_notify(%s, '')", (LIVE_CHANNEL,))
        return tracks

    def _write_refusals(self, cursor: Any, refusals: list[Refusal]) -> None:
        if not refusals:
            return
        now = datetime.now(UTC)
        hour = now.replace(minute=0, second=0, microsecond=0)
        merged: dict[tuple[str, str, str], list[Any]] = {}
        for refusal in refusals:
            peer = self._known_peer(hour, refusal.peer.replace("\x00", "�")[:200])
            entry = merged.setdefault((refusal.source, peer, refusal.reason), [0, "", b""])
            entry[0] += 1
            entry[1:] = [refusal.detail.replace("\x00", "�")[:500], refusal.sample[:SAMPLE_BYTES]]
        rows = [
            (*key, detail, hour, count, now, now, psycopg2.Binary(sample))
            for key, (count, detail, sample) in merged.items()
        ]
        execute_values(cursor, _UPSERT_REFUSALS, rows)

    def _known_peer(self, hour: datetime, peer: str) -> str:
        peers = self._peers.setdefault(hour.isoformat(), set())
        if len(self._peers) > 2:
            self._peers.pop(next(iter(self._peers)))
        if peer in peers or len(peers) < PEERS_AN_HOUR:
            peers.add(peer)
            return peer
        return "（其余发送方）"

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
            self._restore(cursor)
        self._listen()

    def _reconnect(self) -> None:
        try:
            self._connection.close()
            self._connection = connection_raw()
            self._listen()
        except psycopg2.Error as error:
            log.warning("still no database: %s", str(error).strip())

    def _listen(self) -> None:
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CONFIG_CHANNEL}")

    def _restore(self, cursor: Any) -> None:
        self._unknown.restore(cursor)
        cursor.execute("SELECT point_id, extract(epoch FROM ts)::float8, state FROM latest_reading")
        for point_id, ts, state in cursor.fetchall():
            self._watch.restore_point(point_id, ts, state)
        cursor.execute(
            "SELECT source_type, source_id, condition FROM alarm WHERE closed_at IS NULL AND cleared_at IS NULL"
        )
        conditions: dict[int, set[str]] = {}
        for source_type, source_id, condition in cursor.fetchall():
            if condition in ("no_data", "gateway_lost"):
                self._watch.restore_silence(source_type, source_id)
            elif condition in ("rate", "flat"):
                self._watch.restore_motion(source_id, condition)
            elif source_type == "vehicle":
                conditions.setdefault(source_id, set()).add(condition)
        cursor.execute("""SELECT p.terminal_id, t.vehicle_id, extract(epoch FROM p.ts)::float8, p.alarm_bits, p.lon, p.lat, k.track
            FROM latest_position p JOIN terminal t ON t.id = p.terminal_id LEFT JOIN terminal_track k ON k.terminal_id = p.terminal_id""")
        for terminal_id, vehicle_id, ts, bits, lon, lat, kept in cursor.fetchall():
            self._places[terminal_id] = (lon, lat)
            self._vehicles.restore(terminal_id, ts, bits, (lon, lat), conditions.get(vehicle_id, set()), kept or {})
            self._serials[terminal_id] = (ts, 1 << 31)

    def _renew(self) -> None:
        """Read the park anew when somebody changed a point, a terminal or an area."""
        try:
            self._connection.poll()
            if self._connection.notifies:
                self._connection.notifies.clear()
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


def _utc(ts: float) -> datetime:
    return datetime.fromtimestamp(ts, UTC)


def _position(row: Fix, received: float) -> PositionRow:
    items = dict(row.items or {})
    if row.mileage_km is not None:
        items["mileage_km"] = row.mileage_km
    return PositionRow(
        row.terminal_id,
        row.ts,
        row.serial,
        received,
        row.lon,
        row.lat,
        row.speed_kmh,
        row.heading_deg,
        max(-32768, min(32767, row.altitude_m)),
        row.alarm_bits,
        row.status_bits,
        row.flags,
        items or None,
    )


def _latest(row: Fix, place: tuple[float, float], received: float) -> tuple[Any, ...]:
    head = (row.terminal_id, _utc(row.ts), _utc(received), *place, row.speed_kmh, row.heading_deg, row.altitude_m)
    return (*head, row.alarm_bits, row.status_bits, row.mileage_km, not row.flags & NOT_FIXED)


_UPSERT_READINGS = """
    INSERT INTO latest_reading AS l (point_id, ts, received_at, value, quality, state, changed_at) VALUES %s
    ON CONFLICT (point_id) DO UPDATE SET ts = EXCLUDED.ts, received_at = EXCLUDED.received_at, value = EXCLUDED.value,
        quality = EXCLUDED.quality, state = EXCLUDED.state, changed_at = EXCLUDED.changed_at
    WHERE EXCLUDED.ts >= l.ts
"""
_UPSERT_POSITIONS = """
    INSERT INTO latest_position AS l (terminal_id, ts, received_at, lon, lat, speed_kmh, heading_deg, altitude_m, alarm_bits,
        status_bits, mileage_km, is_fixed, changed_at) VALUES %s
    ON CONFLICT (terminal_id) DO UPDATE SET ts = EXCLUDED.ts, received_at = EXCLUDED.received_at,
        lon = EXCLUDED.lon, lat = EXCLUDED.lat, speed_kmh = EXCLUDED.speed_kmh, heading_deg = EXCLUDED.heading_deg, altitude_m = EXCLUDED.altitude_m,
        alarm_bits = EXCLUDED.alarm_bits, status_bits = EXCLUDED.status_bits,
        mileage_km = coalesce(EXCLUDED.mileage_km, l.mileage_km), is_fixed = EXCLUDED.is_fixed, changed_at = EXCLUDED.changed_at
    WHERE EXCLUDED.ts >= l.ts
"""
_UPSERT_TRACKS = """
    INSERT INTO terminal_track (terminal_id, track) VALUES %s ON CONFLICT (terminal_id) DO UPDATE SET track = EXCLUDED.track
"""
_SEEN = "UPDATE terminal SET last_seen_at = now() WHERE id = ANY(%s) AND (last_seen_at IS NULL OR last_seen_at < now() - interval '1 minute')"
_UPSERT_REFUSALS = """
    INSERT INTO dead_letter AS d (source, peer, reason, detail, hour, count, first_at, last_at, sample) VALUES %s
    ON CONFLICT (source, peer, reason, hour) DO UPDATE SET count = d.count + EXCLUDED.count, last_at = EXCLUDED.last_at,
        detail = EXCLUDED.detail, sample = EXCLUDED.sample
"""
_SET_STATE = "UPDATE latest_reading SET state = %s, changed_at = now() WHERE point_id = %s"
