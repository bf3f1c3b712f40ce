"""The words that a park keeps itself: 数据字典."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped

from data.fields import field
from data.models.base import Record


class DictionaryItem(Record):
    """One word of one dictionary. ``data.dictionaries`` says which dictionaries there are and what they begin with."""

    __tablename__ = "dictionary_item"
    __title__ = "字典项"
    __table_args__ = (UniqueConstraint("dictionary", "code"),)
    dictionary: Mapped[str] = field("字典", String(40), required=True)
    code: Mapped[str] = field("编码", String(40), required=True, search=True, help="存入记录的值，使用后不要更改")
    name: Mapped[str] = field("名称", String(60), required=True, search=True)
    position: Mapped[int] = field("排序", required=True, default=0, help="从小到大显示")
    is_active: Mapped[bool] = field("启用", required=True, default=True, help="停用后不再可选，已有记录照常显示")
