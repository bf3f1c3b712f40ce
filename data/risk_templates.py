"""Templates of risk objects, by process or industry: what an enterprise begins its own analysis from (``risk_templates.txt``)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from data.errors import NotFound
from data.models import Enterprise, RiskObject
from data.risk_methods import scored
from data.viewer import Viewer


class Measure(NamedTuple):
    """``quantity`` names what a live point would watch; a measure without one is inspected every ``every`` ``unit``."""

    kind: str
    category: str
    quantity: str
    every: int
    unit: str
    name: str
    content: str


class Event(NamedTuple):
    """Factors are (L, S) of LS or (L, E, C) of LEC: without measures, and with them."""

    name: str
    accident: str
    others: str
    consequence: str
    method: str
    inherent: tuple[float, ...]
    present: tuple[float, ...]
    measures: tuple[Measure, ...]

    def factors(self) -> dict[str, Any]:
        """Both assessments as the columns of an event."""
        found: dict[str, Any] = {"method": self.method}
        for aspect, given in (("inherent", self.inherent), ("present", self.present)):
            likelihood, *exposure, severity = given
            found |= {f"{aspect}_likelihood": likelihood, f"{aspect}_exposure": exposure[0] if exposure else None, f"{aspect}_severity": severity}
        return found


class Unit(NamedTuple):
    """A unit with the place where its measures are inspected."""

    name: str
    place: str
    events: tuple[Event, ...]


class Template(NamedTuple):
    """An object with its tree. ``fits`` are words of unit types and processes; ``*`` fits everybody."""

    key: str
    name: str
    category: str
    department: str
    fits: tuple[str, ...]
    units: tuple[Unit, ...]

    @property
    def size(self) -> str:
        """How much it brings, in words."""
        events = [event for unit in self.units for event in unit.events]
        return f"{len(self.units)} 个单元、{len(events)} 个风险事件、{sum(len(one.measures) for one in events)} 条措施"


@lru_cache
def templates() -> dict[str, Template]:
    """All templates by key, in the order of the file."""
    text = (Path(__file__).parent / "risk_templates.txt").read_text(encoding="utf-8")
    blocks = _blocks([line for line in text.splitlines() if line and not line.startswith("#")], "@")
    return {one.key: one for one in map(_template, blocks)}


def template_of(key: str) -> Template:
    """The template of that key; NotFound when there is none: keys come from browsers."""
    found = templates().get(key)
    if found is None:
        raise NotFound("没有这个模板，请刷新页面。")
    return found


def fitting(words: str) -> list[Template]:
    """Every template, those first that fit the type or the processes in ``words``."""
    return sorted(templates().values(), key=lambda one: not any(word in words for word in one.fits))


def plant(session: Session, viewer: Viewer, template: Template, name: str) -> RiskObject:
    """A draft of the viewer's enterprise with the template's tree. Automatic measures without a point begin as inspected daily."""
    from data import risks

    firm = session.get(Enterprise, risks.require_own(viewer))
    person = (firm.contact if firm else None) or viewer.name
    made = risks.save_object(session, viewer, None, {"name": name, "category": template.category, "department_name": template.department, "person": person})
    for unit in template.units:
        below = risks.save_unit(session, viewer, None, {"object_id": made.id, "name": unit.name, "place": unit.place})
        for event in unit.events:
            values = {"unit_id": below.id, "name": event.name, "accident": event.accident, "other_accidents": event.others or None, "consequence": event.consequence}
            there = risks.save_event(session, viewer, None, {**values, **event.factors()})
            for measure in event.measures:
                risks.save_measure(session, viewer, None, {"event_id": there.id, **measure_values(measure)})
    return made


def measure_values(one: Measure) -> dict[str, Any]:
    """The measure as columns, inspected by a person."""
    content = one.content or f"{one.name}：核对现场与控制室示值，试验报警"
    cycle = (one.every, one.unit) if not one.quantity else (1, "day")
    return {"name": one.name, "kind": one.kind, "category": one.category, "way": "manual", "content": content, "cycle_count": cycle[0], "cycle_unit": cycle[1]}


def event_scores(edition: Any, event: Event) -> dict[str, Any]:
    """The columns of an assessed event, for the demo park."""
    factors = event.factors()
    return {**factors, "edition_id": edition.id, **scored(edition, factors)}


def _blocks(lines: list[str], sign: str) -> list[list[str]]:
    """The lines cut before each that begins with the sign."""
    found: list[list[str]] = []
    for line in lines:
        if line.startswith(sign):
            found.append([line[1:].strip()])
        elif found:
            found[-1].append(line)
    return found


def _template(lines: list[str]) -> Template:
    key, name, category, department, fits = lines[0].split("|")
    units = tuple(_unit(one) for one in _blocks(lines[1:], "="))
    return Template(key, name, category, department, tuple(fits.split()), units)


def _unit(lines: list[str]) -> Unit:
    name, place = lines[0].split("|")
    return Unit(name, place, tuple(_event(one) for one in _blocks(lines[1:], "-")))


def _event(lines: list[str]) -> Event:
    name, accident, others, consequence, assessment = lines[0].split("|")
    method, _, factors = assessment.partition(" ")
    inherent, present = (tuple(float(one) for one in part.split()) for part in factors.split(">"))
    return Event(name, accident, others, consequence, method, inherent, present, tuple(_measure(one[0]) for one in _blocks(lines[1:], "*")))


def _measure(line: str) -> Measure:
    head, cycle, name, content = line.split("|")
    kind, category = head.split()
    if cycle.startswith("auto:"):
        return Measure(kind, category, cycle.removeprefix("auto:"), 0, "", name, content)
    unit, count = cycle.split()
    return Measure(kind, category, "", int(count), unit, name, content)
