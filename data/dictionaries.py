"""数据字典: which there are, what they begin with, and the words of one as the park keeps them now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.choices import Choice
from data.models.dictionary import DictionaryItem


class Dictionary(NamedTuple):
    """``name`` stands in ``field(dictionary=…)``, ``label`` on the screen; ``words`` are entered into a new database."""

    name: str
    label: str
    words: tuple[str, ...]


DICTIONARIES: tuple[Dictionary, ...] = ()

_KEPT = "dictionaries"  # in Session.info: one read a session, and a session lasts one request


def choices(session: Session, name: str, *, all_of_them: bool = False) -> Sequence[Choice]:
    """The words of a dictionary in their order; those no longer in use only when ``all_of_them`` is set."""
    kept = session.info.setdefault(_KEPT, {})
    if name not in kept:
        rows = select(DictionaryItem).where(DictionaryItem.dictionary == name, DictionaryItem.deleted_at.is_(None))
        kept[name] = list(session.scalars(rows.order_by(DictionaryItem.position, DictionaryItem.id)))
    return [Choice(item.code, item.name) for item in kept[name] if item.is_active or all_of_them]


def first_items() -> list[dict[str, object]]:
    """The rows of a new database: the word is its own code, so that an export can be read without the dictionary."""
    return [
        {"dictionary": one.name, "code": word, "name": word, "position": number}
        for one in DICTIONARIES
        for number, word in enumerate(one.words, 1)
    ]
