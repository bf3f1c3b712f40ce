"""What the screens of major hazard installations have in common, and how a screen of the authorities becomes the enterprise's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from dashboard.resource import Resource, as_field
from dashboard.resource_parts import Column, Fact, Filter, FormField
from dashboard.site import HOME, Page
from data.calendar import park_day
from data.choices import Choice, word
from data.choices.risks import HAZARD_LEVELS
from data.hazard_dues import standing
from data.hazards import EDIT, OWN, VIEW
from data.models import Enterprise, Installation
from data.query import visible
from data.viewer import Viewer

MODULE, GROUP = "综合监管", "重大危险源"
PATH, OWN_PATH = "/hazards", "/own/hazards"
FIRM = Column("enterprise.short_name", label="企业", width=130, hint=lambda one: one.enterprise.name)
PLACE = Column("installation.name", label="重大危险源", width=130)
OF_FIRM = (Filter("enterprise.division_id", "属地"), Filter("enterprise.department_id", "主管部门"))
NOT_YET, NONE = Choice("none", "未辨识", "warn"), Choice("none", "不构成", "stale")


def today() -> date:
    return park_day(datetime.now(UTC))


def level_of(one: Any) -> Choice:
    """The level of an installation or a snapshot; 不构成 where S is below 1, 未辨识 before the first identification."""
    if one.level:
        return Choice(str(one.level), word(HAZARD_LEVELS, one.level))
    return NOT_YET if isinstance(one, Installation) and one.identified_on is None else NONE


def due(kind: str, name: str) -> Callable[[Any], Choice | str]:
    """A cell with how long there is until the day in the column: in words when it is near or over, else the date."""

    def show(one: Any) -> Choice | str:
        day = getattr(one, name)
        return standing(kind, day, today()) or (day.isoformat() if day else "")

    return show


def due_column(kind: str, name: str, **given: Any) -> Column:
    return Column(name, look="tag", show=due(kind, name), hint=lambda one: str(getattr(one, name) or ""), **({"width": 120} | given))


def due_fact(kind: str, name: str) -> Fact:
    """The day in the drawer, with how long there is until it."""

    def show(one: Any) -> str:
        day = getattr(one, name)
        left = standing(kind, day, today())
        return f"{day}（{left.word}）" if left else str(day or "")

    return Fact(name, show=show)


def firm_options(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The enterprises in sight that have an installation."""
    mine = visible(Installation, viewer).with_only_columns(Installation.enterprise_id)
    rows = session.execute(visible(Enterprise, viewer).where(Enterprise.id.in_(mine)).with_only_columns(Enterprise.id, Enterprise.short_name).order_by(Enterprise.short_name))
    return [Choice(str(identity), name) for identity, name in rows]


def installation_options(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The installations in sight, with their enterprise where there may be several."""
    rows = session.execute(visible(Installation, viewer).join(Enterprise, Enterprise.id == Installation.enterprise_id).with_only_columns(Installation.id, Installation.name, Enterprise.short_name).order_by(Installation.code))
    return [Choice(str(identity), name if viewer.is_enterprise else f"{firm} {name}") for identity, name, firm in rows]


def own(resource: Resource, *, fixed: Sequence[str] = (), **changes: Any) -> Resource:
    """The screen as an enterprise has it: its own records only, without the enterprise as a column, a filter or a field;
    ``fixed`` fields are the authority's."""
    form = {title: tuple(_own_field(one, fixed) for one in names if as_field(one).name != "enterprise_id") for title, names in resource.form.items()}
    given: dict[str, Any] = {
        "key": f"own_{resource.key}",
        "path": resource.path.replace(PATH, OWN_PATH, 1),
        "permission": OWN,
        "module": HOME,
        "edit_permission": OWN if resource.edit_permission else "",
        "delete_permission": OWN if resource.delete_permission else "",
        "columns": tuple(one for one in resource.columns if not one.name.startswith("enterprise.")),
        "filters": tuple(one for one in resource.filters if not one.name.startswith("enterprise")),
        "form": {title: names for title, names in form.items() if names},
        "actions": tuple(replace(one, permission=OWN) for one in resource.actions),
        "sheet": "",
    }
    return replace(resource, **(given | changes))


def _own_field(one: FormField | str, fixed: Sequence[str]) -> FormField:
    field = as_field(one)
    return replace(field, is_fixed=True, help="由监管部门填写") if field.name in fixed else field


def pages_of(resource: Resource) -> list[Page]:
    """The pages of a screen on the side on which it stands."""
    side = "enterprise" if resource.permission == OWN else "management"
    return [replace(one, side=side) for one in resource.pages()]


def base(viewer: Viewer) -> str:
    """Where the screens of the viewer's side stand."""
    return OWN_PATH if viewer.is_enterprise else PATH


RIGHTS: Mapping[str, Any] = {"permission": VIEW, "edit_permission": EDIT, "delete_permission": EDIT, "module": MODULE, "group": GROUP}
