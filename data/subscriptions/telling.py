"""What was told, as it is kept, and as it may be shown or sent later: only with the rights that its owner had then and still has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from data.errors import Forbidden
from data.models import SubscriptionDelivery
from data.rules.subscriptions import Difference, change_words
from data.statistics.registry import find
from data.subscriptions.content import BOARD, Content, Row, What, figure_of, still_seen
from data.subscriptions.keeping import USE
from data.subscriptions.lists import listing_of
from data.viewer import Viewer

MOST_PARTS = 20
NO_VALUE = "—"
OTHER_RIGHTS = "推送以后您的数据范围已变化，当时的内容不再显示。"


def rights_mark(viewer: Viewer) -> str:
    """How far the viewer sees, as a text that is another one when that changes."""
    return f"{viewer.scope}:{viewer.department_id or 0}:{viewer.division_id or 0}:{viewer.enterprise_id or 0}"


def number_words(value: float | None, decimals: int = 0, unit: str = "") -> str:
    """1,284 条; a dash for what is not known."""
    return NO_VALUE if value is None else f"{value:,.{decimals}f}{f' {unit}' if unit else ''}"


def summary_of(title: str, told: Content, changed: Difference) -> str:
    """One sentence: 未整改隐患：18 条，比上次 +3 条，新增 5 条、移出 2 条."""
    return f"{title}：{number_words(told.value, told.decimals, told.unit)}，{difference_words(told, changed)}"


def difference_words(told: Content, changed: Difference) -> str:
    """How it differs from the time before."""
    words = change_words(changed.value, is_first=changed.is_first, unit=told.unit, decimals=told.decimals)
    moved = [f"新出现 {len(changed.new):,} 条" if changed.new else "", f"不再列出 {len(changed.gone):,} 条" if changed.gone else ""]
    return "，".join([words, *(one for one in moved if one)])


def stored(told: Content, changed: Difference, shown: Sequence[Row], gone: Sequence[Row]) -> dict[str, Any]:
    """What was told as JSON: numbers, what they were before, and the first rows that are new and gone."""
    return {
        "label": told.label,
        "unit": told.unit,
        "decimals": told.decimals,
        "value": told.value,
        "change": difference_words(told, changed),
        "delta": changed.value,
        "first": changed.is_first,
        "conditions": told.conditions,
        "scope": told.scope,
        "href": told.href,
        "shape": told.shape,
        "table": told.table,
        "rows": _plain(_largest(told.rows) if told.shape == "bars" else told.rows, "g:", changed),
        "figures": _plain(told.figures, "", changed),
        "new": _plain(shown, "", changed),
        "gone": _plain(gone, "", changed),
        "new_count": len(changed.new),
        "gone_count": len(changed.gone),
        "compared": not changed.is_first and told.seen.keys is not None,
    }


def _largest(rows: Sequence[Row]) -> list[Row]:
    """The parts with the greatest numbers, in the order in which they came."""
    kept = sorted(range(len(rows)), key=lambda place: -(rows[place].value or 0))[:MOST_PARTS]
    return [rows[place] for place in sorted(kept)]


def _plain(rows: Iterable[Row], prefix: str, changed: Difference) -> list[dict[str, Any]]:
    found = []
    for one in rows:
        pair = changed.parts.get(f"{prefix}{one.key}")
        before = None if changed.is_first else pair[0] if pair else one.value
        found.append({**one._asdict(), "before": before})
    return found


def admit(session: Session, viewer: Viewer, what: What) -> None:
    """Forbidden or NotFound unless the viewer may be told of this now."""
    viewer.require(USE)
    match what.kind:
        case "board":
            viewer.require(BOARD)
        case "statistic":
            viewer.require(find(what.key).permission)
        case "figure":
            figure_of(viewer, what.key)
        case _:
            viewer.require(listing_of(session, viewer, what.key, what.query).permission)


def recall(session: Session, viewer: Viewer, sent: SubscriptionDelivery) -> Mapping[str, Any]:
    """What was told then, as its owner may see it now: Forbidden with other rights, and without the records that are out of sight since."""
    admit(session, viewer, What.of(sent.subscription))
    if rights_mark(viewer) != sent.rights:
        raise Forbidden(OTHER_RIGHTS)
    told = sent.content
    if not told.get("table"):
        return told
    keys = [int(row["key"]) for row in (*told["new"], *told["gone"])]
    seen = still_seen(session, viewer, told["table"], keys)
    return {**told, **{name: [row for row in told[name] if int(row["key"]) in seen] for name in ("new", "gone")}}
