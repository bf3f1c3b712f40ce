"""数据字典: the words that the park keeps itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Filter, FormField
from data.choices import Choice, word
from data.dictionaries import DICTIONARIES
from data.models import DictionaryItem
from data.viewer import Viewer


def _known(session: Session, viewer: Viewer) -> Sequence[Choice]:
    return [Choice(one.name, one.label) for one in DICTIONARIES]


def _dictionary(item: DictionaryItem) -> str:
    return word(_known(None, None), item.dictionary)  # type: ignore[arg-type]


def _prepare(session: Session, viewer: Viewer, item: Any, values: dict[str, Any]) -> dict[str, Any]:
    """A new word is its own code, so that an export can be read without the dictionary; a code in use stays."""
    if item is None:
        return {**values, "code": values.get("code") or values["name"][:40]}
    return {name: value for name, value in values.items() if name not in ("code", "dictionary")}


ITEMS = Resource(
    key="dictionary",
    model=DictionaryItem,
    path="/system/dictionaries",
    title="数据字典",
    permission="dictionary.edit",
    module="系统管理",
    group="基础数据",
    icon="database",
    sort="dictionary",
    placeholder="名称、编码",
    columns=(
        Column("name"),
        Column("dictionary", show=_dictionary, width=180),
        Column("code", width=180),
        Column("position", width=90),
        Column("is_active", width=90),
        Column("updated_at", look="muted", width=130, is_on_card=False),
    ),
    filters=(Filter("dictionary", options=_known), Filter("is_active")),
    heading=lambda item: f"{_dictionary(item)}：{item.name}",
    form={
        "字典项": (
            FormField("dictionary", options=_known, help="建立后不再更改"),
            "name",
            FormField("code", is_required=False, help="不填即与名称相同；建立后不再更改"),
            "position",
            "is_active",
        )
    },
    edit_permission="dictionary.edit",
    can_add=True,
    prepare=_prepare,
    save_note="保存后立即出现在各表单和查询条件中。",
    delete_permission="dictionary.edit",
)
