"""What stands in the tanks of an installation now, beside what it was identified with. Information only: the legal result goes by
the design maximum (GB 18218-2018, 4.2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from data.hazards import latest
from data.identifying import identified
from data.models import Identification, Installation, LatestReading, Point, Tank
from data.rules.gb18218 import Result
from data.rules.gb18218_tables import table6
from data.rules.tank_content import filled_share
from data.standing import STALE_PERIODS

GRAM = Decimal("0.001")


class Content(NamedTuple):
    """A tank with what is in it: ``mass_t`` in tonnes, None where no fresh level is known; ``share`` of the volume 0–1."""

    tank: Tank
    share: float | None
    mass_t: Decimal | None


class Holding(NamedTuple):
    """A substance of the snapshot: design maximum and what is there now, both in tonnes. What has no level counts with its design
    maximum, then it ``is_assumed``."""

    name: str
    design_t: Decimal
    present_t: Decimal
    is_assumed: bool


class Running(NamedTuple):
    """``present`` is the result for what is there now. ``next_level`` is reached when ``next_share`` percent of the design maximum of
    everything is filled; None and None when no graver level can be reached."""

    snapshot: Identification
    contents: tuple[Content, ...]
    holdings: tuple[Holding, ...]
    percent: int | None
    present: Result
    next_level: int | None
    next_share: int | None


def running(session: Session, installation: Installation, now: datetime) -> Running | None:
    """How the installation stands at ``now``; None while it was never identified or has no tanks."""
    snapshot = latest(session, installation.id)
    contents = _contents(session, installation, now)
    if snapshot is None or not contents:
        return None
    substances = [{**one, "quantity_t": Decimal(str(one["quantity_t"]))} for one in snapshot.substances]
    holdings = tuple(_holding(one, contents) for one in substances)
    design = identified({"people": snapshot.people, "substances": substances})
    now_there = [{**one, "quantity_t": held.present_t} for one, held in zip(substances, holdings, strict=True)]
    present = identified({"people": snapshot.people, "substances": now_there})
    whole = sum((one.design_t for one in holdings), Decimal())
    percent = int((sum((one.present_t for one in holdings), Decimal()) * 100 / whole).quantize(Decimal(1), ROUND_HALF_UP)) if whole else None
    level, share = next_step(design, present.level)
    return Running(snapshot, contents, holdings, percent, present, level, share)


def next_step(design: Result, present: int | None) -> tuple[int | None, int | None]:
    """The next graver level than the ``present`` one that filling towards the design maximum reaches, and from how many percent of
    it on: S and R grow in proportion. None and None when the design maximum itself gives no graver level."""
    if design.level is None or design.r is None or (present is not None and design.level >= present):
        return None, None
    if present is None:
        shares = {level: max(Decimal(1) / design.s, (table6()[level - 1].least or Decimal()) / design.r) for level in range(4, design.level - 1, -1)}
    else:
        shares = {level: (table6()[level - 1].least or Decimal()) / design.r for level in range(present - 1, design.level - 1, -1)}
    # At S = 1 a unit may at once have a graver level than the mildest.
    first = min(shares.values())
    level = min(one for one, share in shares.items() if share == first)
    return level, ceil(first * 100)


def _holding(substance: Mapping[str, Any], contents: tuple[Content, ...]) -> Holding:
    """What is there of one substance: the tanks whose medium has its name."""
    design, name = substance["quantity_t"], substance.get("name", "")
    mine = [one for one in contents if name and one.tank.medium == name]
    unknown = [one for one in mine if one.mass_t is None]
    if not mine or len(unknown) == len(mine):
        return Holding(name, design, design, True)
    # A tank without a level counts as full as the design lets it be: its part of the design maximum by volume.
    volume = Decimal(str(sum(one.tank.volume_m3 for one in mine))) or Decimal(1)
    assumed = design * Decimal(str(sum(one.tank.volume_m3 for one in unknown))) / volume
    return Holding(name, design, (sum((one.mass_t or Decimal() for one in mine), Decimal()) + assumed).quantize(GRAM), bool(unknown))


def _contents(session: Session, installation: Installation, now: datetime) -> tuple[Content, ...]:
    tanks = session.scalars(select(Tank).where(Tank.installation_id == installation.id, Tank.deleted_at.is_(None)).options(lazyload("*")).order_by(Tank.id)).all()
    levels = select(Point, LatestReading).join(LatestReading, LatestReading.point_id == Point.id).options(lazyload("*"))
    levels = levels.where(Point.installation_id == installation.id, Point.quantity == "level", Point.deleted_at.is_(None), LatestReading.quality >= 64)
    found = {point.tank_id: reading.value for point, reading in session.execute(levels) if reading.ts >= now - timedelta(seconds=point.period_s * STALE_PERIODS) and point.unit == "m"}
    return tuple(_content(tank, found.get(tank.id)) for tank in tanks)


def _content(tank: Tank, level_m: float | None) -> Content:
    if level_m is None:
        return Content(tank, None, None)
    share = filled_share(tank.shape, level_m, tank.height_m)
    mass = Decimal(str(round(share * tank.volume_m3 * tank.density, 3))) if tank.density else None
    return Content(tank, share, mass)
