"""Under which key of which gateway a point is reported: no key may belong to two points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.models import Gateway, Point


def mapping_faults(session: Session, point: Point | None, values: Mapping[str, Any]) -> dict[str, str]:
    """Field → message for what cannot be of the gateway and key of a point (None: a new one) as it would stand with ``values``."""
    after = {name: values.get(name, getattr(point, name, None)) for name in ("enterprise_id", "gateway_id", "key_path", "code", "scale")}
    faults: dict[str, str] = {}
    if after["scale"] == 0:
        faults["scale"] = "系数不能为 0。"
    if after["gateway_id"] is None:
        return faults | ({"key_path": "请先选择网关。"} if after["key_path"] else {})
    gateway = session.get(Gateway, int(after["gateway_id"]))
    if gateway is None or gateway.enterprise_id != after["enterprise_id"]:
        return faults | {"gateway_id": "网关应属于测点所在的企业。"}
    key = after["key_path"] or after["code"]
    same = select(Point).where(Point.gateway_id == gateway.id, Point.deleted_at.is_(None), Point.id != (point.id if point else 0))
    other = session.scalar(same.where(func.coalesce(Point.key_path, Point.code) == key).limit(1))
    if other is not None:
        faults["key_path" if after["key_path"] else "code"] = f"网关 {gateway.code} 的键“{key}”已用于测点 {other.code}。"
    return faults
