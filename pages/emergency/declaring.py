"""What the resources for an emergency have in common: rights, module, place, the office that owns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from dashboard.blocks.place import place
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField, Options
from data.choices import Choice
from data.models import Record
from data.models.emergency import EmergencyRecord
from data.query import visible
from data.viewer import Viewer

Names = tuple[FormField | str, ...]
OWNER = FormField("department_id", is_required=False, help="不填即您所在的机构；只有本机构可以修改")
OWNED: dict[str, Names] = {"归属": (OWNER, "remark")}
PLACED: dict[str, Names] = {"位置": ("address", "lon"), **OWNED}
OFFICE = Column("department.short_name", label="所属机构", width=120, hint=lambda record: record.department.name)
OF_OFFICE = Filter("department_id", "所属机构")


def emergency(model: type[Record], path: str, title: str, group: str, *, form: Mapping[str, Names], **given: Any) -> Resource:
    """The screen of one kind of resource: all who may look see all rows, each office changes its own."""
    names = {title: tuple(_fact(one) for one in names) for title, names in form.items()}
    own: dict[str, Any] = {
        "key": path.replace("/", "_").replace("-", "_"),
        "module": "应急指挥",
        "group": group,
        "permission": "emergency.view",
        "edit_permission": "emergency.edit",
        "delete_permission": "emergency.edit",
        "can_add": True,
        "sheet": model.__tablename__ if issubclass(model, EmergencyRecord) else "",
        "sort": "name",
        "facts": {title: tuple(one for one in shown if one) for title, shown in names.items()},
        "rail": place if hasattr(model, "lon") else None,
    }
    return Resource(model=model, path=f"/emergency/{path}", title=title, form=form, **own | given)


def _fact(one: FormField | str) -> Fact | None:
    """A field of the form as a line of the drawer; the place is drawn beside it."""
    name = one if isinstance(one, str) else one.name
    return None if name == "lon" else Fact(name)


def any_of(model: type[Record]) -> Options:
    """A choice among the records of the model that the viewer sees."""

    def options(session: Session, viewer: Viewer) -> Sequence[Choice]:
        names: Any = model
        rows = session.execute(visible(model, viewer).with_only_columns(names.id, names.name).order_by(names.name, names.id))
        return [Choice(str(identity), name) for identity, name in rows]

    return options
