"""From values to alarms: the state that is remembered of every point, and the edges that a batch makes. Positions: ``vehicle_watch``."""

from __future__ import annotations

from collections.abc import Callable

from data.alarms import LEVELS, Edge
from data.rules.limits import HIGH_SIDE, Watch, elapse, hold, step
from data.rules.motion import Moved, move
from data.rules.schedule import moment
from ingest.directory import Directory, PointInfo
from ingest.pipeline import Reading

GATEWAY_SILENT_S = 60.0
SILENT_PERIODS = 3


class AlarmWatch:
    """Turns rows into edges. Not thread-safe: the writer's thread owns it. ``now`` is always an argument."""

    def __init__(self, directory: Directory, started: float, judges: Callable[[str], bool] = lambda enterprise: True) -> None:
        """``judges`` tells whether the points of the enterprise with that code are this role's to judge."""
        self._directory = directory
        self._judges = judges
        self.points: dict[int, Watch] = {}
        self._moved: dict[int, Moved] = {}
        self._heard: dict[int, float] = {}
        self._silent: set[int] = set()
        self._gateway_heard: dict[int, float] = {}
        self._gateway_silent: set[int] = set()
        self._started = started

    def forget(self, points: set[int], gateways: set[int]) -> None:
        """Another role judges these from now on."""
        for one in points:
            for known in (self.points, self._moved, self._heard):
                known.pop(one, None)
        for one in gateways:
            self._gateway_heard.pop(one, None)
        self._silent -= points
        self._gateway_silent -= gateways

    def restore_point(self, point_id: int, ts: float, state: str, now: float | None = None) -> None:
        """Take up a point where the last process left it: its newest value and its state then. Silence counts from ``now``, else
        from the start."""
        self.points[point_id] = Watch(state=state, last_ts=ts)
        self._heard[point_id] = heard = now or self._started
        info = self._directory.world.points_by_id.get(point_id)
        if info and info.gateway_id is not None:
            self._gateway_heard[info.gateway_id] = heard

    def restore_motion(self, point_id: int, condition: str) -> None:
        """Take up an open 变化率超限 or 数据平直."""
        self._moved.setdefault(point_id, Moved()).raised.add(condition)

    def restore_silence(self, source_type: str, source_id: int) -> None:
        """Take up an open 数据停更 or 网关无心跳."""
        (self._silent if source_type == "point" else self._gateway_silent).add(source_id)

    def readings(self, rows: list[Reading], received: float) -> list[Edge]:
        """The edges of these values, which arrived at ``received``."""
        edges: list[Edge] = []
        world = self._directory.world
        for row in rows:
            info = world.points_by_id.get(row.point_id)
            if info is None or row.quality == 0 or not self._judges(info.enterprise_code):
                continue
            edges += self._heard_again(info, received)
            watch = self.points.setdefault(row.point_id, Watch())
            may_raise = not self._is_held(info, row.ts, received)
            move = step if may_raise else hold
            change = move(info.limits, watch, row.ts, row.value) if info.alarms else None
            if change:
                edges += _threshold_edges(info, change.before, change.after, row)
            if info.motion.is_watched or row.point_id in self._moved:
                edges += self._motion(info, row, may_raise)
        return edges

    def _is_held(self, info: PointInfo, ts: float, now: float) -> bool:
        """Whether no alarm of the point may begin: suspended at ``now``, or ``ts`` is outside the hours in which it alarms."""
        if now < info.suspended_until:
            return True
        return not info.hours.is_always and not info.hours.is_on(moment(int(ts), self._directory.world.rules.zone))

    def _motion(self, info: PointInfo, row: Reading, may_raise: bool) -> list[Edge]:
        moved = self._moved.setdefault(info.id, Moved())
        edges = []
        for turn in move(info.motion, moved, row.ts, row.value, may_raise and info.alarms):
            unit = f"{info.source.unit}/min" if turn.condition == "rate" else "分钟"
            of = info.source._replace(unit=unit, decimals=info.source.decimals if turn.condition == "rate" else 0)
            edges.append(Edge(of, turn.condition, turn.condition, LEVELS[turn.condition], turn.is_raised, row.ts, turn.value, turn.limit))
        if not info.motion.is_watched and not moved.raised:
            del self._moved[info.id]  # nobody asks any more
        return edges

    def told(self, gateway_id: int, is_online: bool, now: float) -> list[Edge]:
        """The edges of what a gateway, or its last will, says of itself: off line is silence that is known at once."""
        gateway = self._directory.world.gateways.get(gateway_id)
        if gateway is None or is_online != (gateway_id in self._gateway_silent) or not self._judges(gateway.enterprise_code):
            return []
        if is_online:
            self._gateway_silent.discard(gateway_id)
            self._gateway_heard[gateway_id] = now  # it gets the usual time to send its first values
        else:
            self._gateway_silent.add(gateway_id)
        return [Edge(gateway.source, "gateway_lost", "gateway_lost", 4, not is_online, now)]

    def tick(self, now: float) -> list[Edge]:
        """The edges that time makes: limits broken long enough by ``now``, points and gateways that should have reported.

        A silent gateway is one alarm, not one for each of its points.
        """
        edges = self._elapsed(now)
        world = self._directory.world
        for gateway_id, heard in self._gateway_heard.items():
            gateway = world.gateways.get(gateway_id)
            if gateway and gateway_id not in self._gateway_silent and now - heard > GATEWAY_SILENT_S:
                self._gateway_silent.add(gateway_id)
                edges.append(Edge(gateway.source, "gateway_lost", "gateway_lost", 4, True, now))
        for point_id, heard in self._heard.items():
            info = world.points_by_id.get(point_id)
            if info is None or point_id in self._silent or not info.alarms or self._is_held(info, now, now):
                continue
            # Half a minute of grace: a gateway that goes silent is found first, and then speaks for its points.
            if (
                now - heard > max(SILENT_PERIODS * info.period_s, GATEWAY_SILENT_S + 30)
                and info.gateway_id not in self._gateway_silent
            ):
                self._silent.add(point_id)
                # The limit is the reporting period, and it stands in seconds whatever the point measures.
                source = info.source._replace(unit="s", decimals=0)
                edges.append(Edge(source, "no_data", "no_data", 4, True, now, limit=float(info.period_s)))
        return edges

    def _elapsed(self, now: float) -> list[Edge]:
        edges: list[Edge] = []
        for point_id, watch in self.points.items():
            info = self._directory.world.points_by_id.get(point_id) if watch.pending else None
            change = elapse(info.limits, watch, now) if info and not self._is_held(info, now, now) else None
            if info and change:
                edges += _threshold_edges(info, change.before, change.after, Reading(point_id, now, watch.last_value, 192))
        return edges

    def _heard_again(self, info: PointInfo, received: float) -> list[Edge]:
        self._heard[info.id] = received
        edges: list[Edge] = []
        if info.id in self._silent:
            self._silent.discard(info.id)
            edges.append(Edge(info.source, "no_data", "no_data", 4, False, received))
        if info.gateway_id is not None:
            self._gateway_heard[info.gateway_id] = received
            gateway = self._directory.world.gateways.get(info.gateway_id)
            if gateway and info.gateway_id in self._gateway_silent:
                self._gateway_silent.discard(info.gateway_id)
                edges.append(Edge(gateway.source, "gateway_lost", "gateway_lost", 4, False, received))
        return edges


def _threshold_edges(info: PointInfo, before: str, after: str, row: Reading) -> list[Edge]:
    """A change of state as edges of the two conditions 高侧 and 低侧; from 高高 back to 高 is no edge, the alarm goes on."""
    edges: list[Edge] = []
    was, is_now = _condition(before), _condition(after)
    if was and was != is_now:
        edges.append(Edge(info.source, was, before, LEVELS[before], False, row.ts, row.value, info.limits.of(before)))
    if after and (was != is_now or LEVELS[after] < LEVELS[before]):
        edges.append(Edge(info.source, is_now, after, LEVELS[after], True, row.ts, row.value, info.limits.of(after)))
    return edges


def _condition(state: str) -> str:
    return ("high" if state in HIGH_SIDE else "low") if state else ""
