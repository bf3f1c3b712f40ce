"""评价方法: editions of LS and LEC as the park keeps them, and the assessment of an event by the one in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import save
from data.choices import Choice
from data.errors import Conflict, Invalid
from data.models import AssessedEvent, RiskAssessment, RiskBand, RiskEvent, RiskFactor, RiskMethod
from data.rules import risk
from data.validity import NOT_SAVED
from data.viewer import Viewer

PERMISSION = "risk.method"
ASPECTS = ("inherent", "present")
PARTS = ("likelihood", "exposure", "severity")
_KEPT = "risk_editions"  # in Session.info: read once a session, which lasts one request


class Edition(NamedTuple):
    """An edition ready for use: ``factors`` maps L, E, S or C to words by score, the lowest score first."""

    id: int
    code: str
    edition: str
    factors: Mapping[str, Mapping[float, str]]
    bands: Sequence[risk.Band]


def editions(session: Session) -> dict[str, Edition]:
    """The edition in force of each method, by code."""
    if _KEPT not in session.info:
        rows = session.scalars(select(RiskMethod).where(RiskMethod.is_active, RiskMethod.deleted_at.is_(None)))
        session.info[_KEPT] = {one.code: edition_of(session, one) for one in rows}
    found: dict[str, Edition] = session.info[_KEPT]
    return found


def edition_of(session: Session, method: RiskMethod) -> Edition:
    """The edition with its factors and bands."""
    factors: dict[str, dict[float, str]] = {}
    for one in factors_of(session, method):
        factors.setdefault(one.factor, {})[one.score] = one.name
    bands = [risk.Band(one.floor, one.takes_floor, one.level) for one in bands_of(session, method)]
    return Edition(method.id, method.code, method.edition, factors, bands)


def factors_of(session: Session, method: RiskMethod) -> Sequence[RiskFactor]:
    """The values of its factors, L before E before S or C, the lowest first."""
    order = func.array_position(["L", "E", "S", "C"], RiskFactor.factor)
    mine = select(RiskFactor).where(RiskFactor.method_id == method.id, RiskFactor.deleted_at.is_(None))
    return session.scalars(mine.order_by(order, RiskFactor.score)).all()


def bands_of(session: Session, method: RiskMethod) -> Sequence[RiskBand]:
    """Its bands, the highest first."""
    mine = select(RiskBand).where(RiskBand.method_id == method.id, RiskBand.deleted_at.is_(None))
    return session.scalars(mine.order_by(RiskBand.floor.desc(), RiskBand.takes_floor)).all()


def assessed(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` of an event with scores and levels by the edition in force. Invalid with the fields: ``inherent_likelihood`` …

    The present level may not be worse than the inherent one: measures do not make a risk larger.
    """
    found = editions(session).get(str(values.get("method") or "LS"))
    if found is None:
        raise Invalid(NOT_SAVED, {"method": "这种评价方法没有使用中的版本，请联系园区管理人员。"})
    given = {**values, "method": found.code, "edition_id": found.id}
    mistakes = assessment_faults(found, given)
    if mistakes:
        raise Invalid(NOT_SAVED, mistakes)
    return given | scored(found, given)


def assessment_faults(found: Edition, values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the factors of both assessments, by field."""
    mistakes: dict[str, str] = {}
    for aspect in ASPECTS:
        own = [values.get(f"{aspect}_{part}") for part in PARTS]
        mistakes |= {f"{aspect}_{part}": text for part, text in risk.faults(found.code, found.factors, *own).items()}
    if not mistakes:
        result = scored(found, values)
        if result["present_score"] > result["inherent_score"]:
            mistakes["present_likelihood"] = f"现状风险值 {result['present_score']:g} 大于固有风险值 {result['inherent_score']:g}，有措施后的风险不会更大，请核对。"
    return mistakes


def scored(found: Edition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Scores and levels of both assessments; what the method does not ask for is emptied."""
    result: dict[str, Any] = {}
    for aspect in ASPECTS:
        likelihood, exposure, severity = (values.get(f"{aspect}_{part}") for part in PARTS)
        if found.code == "LS":
            exposure = result[f"{aspect}_exposure"] = None
        points = risk.score(found.code, float(likelihood or 0), exposure, float(severity or 0))
        result |= {f"{aspect}_score": points, f"{aspect}_level": risk.level(found.bands, points)}
    return result


def factor_choices(session: Session, code: str, factor: str) -> Sequence[Choice]:
    """The values of a factor by the edition in force, the gravest first; none while the method has no edition in force."""
    edition = editions(session).get(code)
    values = edition.factors.get(factor, {}) if edition else {}
    return [Choice(f"{score:g}", f"{score:g} {words}") for score, words in sorted(values.items(), reverse=True)]


def factor_words(session: Session, edition_id: int | None, factor: str, score: float) -> str:
    """The value of a factor with its words in that edition; the value alone where no edition is named."""
    named = (RiskFactor.method_id == edition_id, RiskFactor.factor == factor, RiskFactor.score == score, RiskFactor.deleted_at.is_(None))
    words = session.scalar(select(RiskFactor.name).where(*named)) if edition_id else None
    return f"{score:g} {words}" if words else f"{score:g}"


def use_count(session: Session, method: RiskMethod) -> int:
    """How many events were assessed by this edition, those that are no longer counted and those of installations too."""
    own = select(func.count()).select_from(RiskEvent).where(RiskEvent.edition_id == method.id)
    of_installations = select(func.count()).select_from(AssessedEvent).join(RiskAssessment, RiskAssessment.id == AssessedEvent.assessment_id).where(RiskAssessment.edition_id == method.id)
    return (session.scalar(own) or 0) + (session.scalar(of_installations) or 0)


def why_fixed(session: Session, method: RiskMethod) -> str:
    """Why the edition is not changed any more; empty when it may be."""
    number = use_count(session, method)
    if number:
        return f"已有 {number:,} 个风险事件按这个版本评价，不能修改；请“另立新版本”后修改。"
    return "使用中的版本不能修改；请“另立新版本”后修改。" if method.is_active else ""


def check(method: str, factors: Sequence[Mapping[str, Any]], bands: Sequence[Mapping[str, Any]]) -> None:
    """Raise Invalid with what is wrong with an edition."""
    ready = [risk.Band(float(one["floor"]), bool(one.get("takes_floor", True)), int(one["level"])) for one in bands]
    found = risk.edition_faults(method, [(one["factor"], float(one["score"])) for one in factors], ready)
    if found:
        raise Invalid("".join(found))


def next_edition(session: Session, viewer: Viewer, method: RiskMethod, edition: str) -> RiskMethod:
    """A copy of the edition under a new name, not in force yet."""
    viewer.require(PERMISSION)
    values = {"code": method.code, "edition": edition, "name": method.name, "basis": method.basis, "remark": method.remark}
    made = save.create(session, RiskMethod, viewer, values)
    for factor in factors_of(session, method):
        save.create(session, RiskFactor, viewer, {"method_id": made.id, "factor": factor.factor, "score": factor.score, "name": factor.name})
    for band in bands_of(session, method):
        save.create(session, RiskBand, viewer, {"method_id": made.id, "floor": band.floor, "takes_floor": band.takes_floor, "level": band.level, "name": band.name})
    return made


def put_in_force(session: Session, viewer: Viewer, method: RiskMethod, today: date) -> None:
    """Make the edition the one by which new assessments are made; the earlier one is kept for the events that name it.

    Invalid when its factors or bands contradict themselves, Conflict when it is in force already.
    """
    viewer.require(PERMISSION)
    if method.is_active:
        raise Conflict("这个版本已在使用中。")
    ready = edition_of(session, method)
    found = risk.edition_faults(method.code, [(key, value) for key, values in ready.factors.items() for value in values], list(ready.bands))
    if found:
        raise Invalid("不能启用：" + "".join(found))
    earlier = select(RiskMethod).where(RiskMethod.code == method.code, RiskMethod.is_active, RiskMethod.deleted_at.is_(None))
    for one in session.scalars(earlier).all():
        save.update(session, one, viewer, {"is_active": False})
    save.update(session, method, viewer, {"is_active": True, "valid_from": today})
    session.info.pop(_KEPT, None)
