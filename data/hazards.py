"""Major hazard installations: what is filed of one, and its identification as a snapshot that gives it its legal level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import save
from data.calendar import park_day
from data.errors import Invalid
from data.identifying import identified
from data.models import HazardMedium, Identification, Installation
from data.rules.gb18218 import Result, figure
from data.rules.gb18218_tables import table6, version
from data.rules.plan_cycles import assessment_due
from data.validity import NOT_SAVED
from data.viewer import Viewer

VIEW, EDIT, OWN = "hazard.view", "hazard.edit", "own.hazard"
ROWS = "media"  # the table of a form in which substances are entered
# What the interface calls a part of a substance, as the form names it, and its words there.
_FIELDS = {"name": "name", "row": "table_row", "class": "hazard_class", "quantity_t": "quantity_t", "beta_class": "beta_class", "mixture": "is_mixture"}
_WORDS = (("请用 row 指明", "请选择“表1 品名”"), ("请用 class 给出表2 的危险类别", "请选择“表2 类别”"), ("请用 beta_class 选择表4 的危险类别符号", "请选择“表4 类别”"), ("用 class 给出表2 的危险类别", "选择“表2 类别”"), ("name（名称）、row（表1 行号）或 class（表2 危险类别）", "介质、表1 品名或表2 类别"))


def may_change(viewer: Viewer) -> bool:
    """Whether the viewer may change what is filed of the installations that they see."""
    return viewer.may(OWN if viewer.is_enterprise else EDIT)


def require_change(viewer: Viewer) -> None:
    """Forbidden unless the viewer may change installations; an enterprise changes its own."""
    viewer.require(OWN if viewer.is_enterprise else EDIT)


def filed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an installation with what follows from them: when the next assessment is due."""
    known = dict(values)
    if "assessed_on" in known:
        known["assessment_due_on"] = assessment_due(known["assessed_on"])
    return known


def faults_of(values: Mapping[str, Any]) -> dict[str, str]:
    """What cannot be so, by field."""
    filed_on, until = values.get("filed_on"), values.get("filing_expires_on")
    if filed_on and until and until < filed_on:
        return {"filing_expires_on": "有效期不能早于备案日期。"}
    return {}


def media_of(session: Session, installation: Installation) -> list[HazardMedium]:
    """The substances of the installation in the order in which they were entered."""
    mine = select(HazardMedium).where(HazardMedium.installation_id == installation.id, HazardMedium.deleted_at.is_(None))
    return list(session.scalars(mine.order_by(HazardMedium.id)).unique())


def entered(people: str, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """What a form has typed in it, as ``data.identifying`` reads it: numbers as exact decimals, nothing for what is empty."""
    substances = []
    for row in rows:
        given: dict[str, Any] = {"name": row.get("name", "").strip(), "quantity_t": _number(row.get("quantity_t", ""))}
        given |= {"row": int(row["table_row"])} if row.get("table_row", "").isdecimal() and len(row["table_row"]) < 5 else {}
        given |= {"class": row["hazard_class"]} if row.get("hazard_class") else {}
        given |= {"beta_class": row["beta_class"]} if row.get("beta_class") else {}
        substances.append(given | ({"mixture": True} if row.get("is_mixture") == "1" else {}))
    return {"people": _number(people), "substances": substances}


def reckoned(given: Mapping[str, Any]) -> Result:
    """The result; what is wrong stands at the fields of the form (``media.0.quantity_t``), in its words."""
    try:
        return identified(given)
    except Invalid as error:
        faults = {_field(name): _form_words(text) for name, text in error.fields.items()}
        raise Invalid(NOT_SAVED, faults) from error


def identify(session: Session, viewer: Viewer, installation: Installation, given: Mapping[str, Any], *, rows: save.PartRows, now: datetime, remark: str = "") -> Identification:
    """The snapshot, kept. Its level becomes that of the installation, its substances become the installation's media."""
    require_change(viewer)
    result = reckoned(given)
    snapshot = save.create(
        session,
        Identification,
        viewer,
        {
            "enterprise_id": installation.enterprise_id,
            "installation_id": installation.id,
            "name": installation.name,
            "identified_at": now,
            "identified_by_id": viewer.id,
            "remark": remark or None,
            **snapshot_of(given, result),
        },
    )
    _replace_media(session, viewer, installation, rows)
    save.update(session, installation, viewer, {"level": result.level, "identified_on": park_day(now), "exposed_people": result.people}, reason=f"辨识：{outcome_words(result)}")
    return snapshot


def _replace_media(session: Session, viewer: Viewer, installation: Installation, rows: save.PartRows) -> None:
    try:
        save.save_parts(session, installation, viewer, HazardMedium, rows)
    except Invalid as error:
        raise Invalid(str(error), {f"{ROWS}.{name}": text for name, text in error.fields.items()}) from error


def snapshot_of(given: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """The columns of an ``Identification`` that say what was entered and what came of it; exact figures stand as text."""
    shares = [
        {
            "name": one.amount.name or one.name,
            "listed": one.name,
            "quantity": figure(one.amount.quantity_t),
            "critical": figure(one.critical_t),
            "ratio": _short(Decimal(one.ratio.numerator) / Decimal(one.ratio.denominator)),
            "beta": figure(one.beta),
        }
        for one in result.shares
    ]
    return {
        "standard": version(),
        "people": result.people,
        "s": float(result.s),
        "r": float(result.r) if result.r is not None else None,
        "level": result.level,
        "substances": [_plain(one) for one in given["substances"]],
        "result": {
            "S": figure(result.s),
            "R": figure(result.r) if result.r is not None else None,
            "alpha": figure(result.alpha),
            "shares": shares,
            "working": [line._asdict() for line in result.working],
        },
    }


def outcome_words(result: Result) -> str:
    """三级重大危险源（S = 8，R = 16），or that it is none."""
    if result.level is None or result.r is None:
        return f"不构成重大危险源（S = {_short(result.s)}）"
    return f"{table6()[result.level - 1].word}重大危险源（S = {_short(result.s)}，R = {_short(result.r)}）"


def again(snapshot: Identification) -> Result:
    """The result reckoned anew from what the snapshot was made of, with the tables of today."""
    people = snapshot.people
    substances = [{**one, "quantity_t": Decimal(str(one["quantity_t"]))} for one in snapshot.substances]
    return identified({"people": people, "substances": substances})


def latest(session: Session, installation_id: int) -> Identification | None:
    """The newest snapshot of the installation."""
    mine = select(Identification).where(Identification.installation_id == installation_id, Identification.deleted_at.is_(None))
    return session.scalars(mine.order_by(Identification.identified_at.desc(), Identification.id.desc()).limit(1)).unique().one_or_none()


def is_outdated(session: Session, installation: Installation, snapshot: Identification) -> bool:
    """Whether media or people were changed since the snapshot, so that the installation is to be identified anew."""
    media = sorted((one.name, one.quantity_t) for one in media_of(session, installation))
    return media != sorted((one.get("name", ""), float(one["quantity_t"])) for one in snapshot.substances) or installation.exposed_people != snapshot.people


def _number(text: str) -> Decimal | str | None:
    plain = text.strip().replace(",", "").replace("，", "")
    if not plain:
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return plain


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: format(value, "f") if isinstance(value, Decimal) else value for name, value in given.items()}


def _field(name: str) -> str:
    """``substances[0].row`` as the form has it: ``media.0.table_row``."""
    if not name.startswith("substances["):
        return ROWS if name == "substances" else name
    number, _, rest = name.removeprefix("substances[").partition("]")
    return f"{ROWS}.{number}.{_FIELDS.get(rest.removeprefix('.'), '')}"


def _form_words(text: str) -> str:
    for api, form in _WORDS:
        text = text.replace(api, form)
    return text


def _short(value: Decimal) -> str:
    """At most six places, for people; the working has the exact figure."""
    return figure(value.quantize(Decimal("0.000001"))) if abs(value) < 10**15 else figure(value)
