"""From the words in a cell to the record or the code they mean; what is not found is answered with what may be meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from data.choices import Choice
from data.columns import attribute, is_tree
from data.models import Base, Record
from data.query import visible
from data.viewer import Viewer

_NAMES = ("name", "short_name", "plate", "title", "username", "code", "credit_code", "phone")
_SPLIT = re.compile(r"\s*[/／>＞]\s*")
_MOST_NAMES = 20_000  # of a larger table no near name is looked for
_CANDIDATES = 5


class Words:
    """The words of a coded column: those of the program, of a dictionary, or 是 and 否."""

    def __init__(self, choices: Iterable[Choice]) -> None:
        every = list(choices)
        self.words = [one.word for one in every]
        self.code = {one.code: one.code for one in every} | {one.word: one.code for one in every}

    def prepare(self, texts: Iterable[str]) -> None:
        """Nothing: all words are known."""

    def find(self, text: str) -> str:
        """The code; ValueError proposes a word."""
        if text in self.code:
            return self.code[text]
        raise ValueError(_proposal(text, self.words) or f"没有“{text}”，应为{'、'.join(self.words[:8])}{'等' if len(self.words) > 8 else ''}。")

    def words_of(self, codes: Iterable[Any]) -> Mapping[Any, str]:
        """The words of codes."""
        back = dict(zip(self.code.values(), self.code.values(), strict=True)) | {code: word for word, code in self.code.items() if word in self.words}
        return {code: back.get(str(code), str(code)) for code in codes}


class References:
    """The records of a table that the viewer sees, by name, path or code. Read for a chunk of rows at a time and kept."""

    def __init__(self, session: Session, viewer: Viewer, model: type[Base]) -> None:
        self.session, self.viewer, self.model = session, viewer, model
        self.columns = [getattr(model, name) for name in _NAMES if attribute(model, name) is not None]
        self.is_tree = is_tree(model)
        self.title = str(getattr(model, "__title__", "记录"))
        self.by_word: dict[str, list[int]] = {}
        self.names: dict[int, str] = {}
        self.parents: dict[int, int | None] = {}
        self.answers: dict[str, int | str] = {}
        self.near: list[str] | None = None

    def prepare(self, texts: Iterable[str]) -> None:
        """Read the records that the texts may mean."""
        new = {text for text in texts if text and text not in self.answers}
        asked = new | {parts[-1] for text in new if len(parts := _parts(text)) > 1}
        words = asked - self.by_word.keys()
        for word in words:
            self.by_word[word] = []
        if words:
            self._read(words)
        for text in new:
            self.answers[text] = self._answer(text)

    def find(self, text: str) -> int:
        """The id of the record; ValueError says why there is none and what may be meant."""
        if text not in self.answers:
            self.prepare([text])
        found = self.answers[text]
        if isinstance(found, str):
            raise ValueError(found)
        return found

    def words_of(self, identities: Iterable[Any]) -> Mapping[Any, str]:
        """The names of records by id, whether the viewer sees them or not: they stood in a record that he sees."""
        missing = {one for one in identities if one is not None and one not in self.names}
        if missing:
            key, name = self.model.id, self.columns[0]  # type: ignore[attr-defined]
            self.names.update({identity: words for identity, words in self.session.execute(select(key, name).where(key.in_(missing)))})
        return self.names

    def _read(self, words: set[str]) -> None:
        columns = [self.model.id, *self.columns]  # type: ignore[attr-defined]
        if self.is_tree:
            columns.append(self.model.parent_id)  # type: ignore[attr-defined]
        wanted = visible(self.model, self.viewer).where(or_(*(one.in_(words) for one in self.columns)))
        for identity, *values in self.session.execute(wanted.with_only_columns(*columns, maintain_column_froms=True)):
            named = values[: len(self.columns)]
            self.names[identity] = named[0]
            if self.is_tree:
                self.parents[identity] = values[-1]
            for word in set(named) & words:
                self.by_word[word].append(identity)

    def _answer(self, text: str) -> int | str:
        found = self.by_word.get(text, [])
        parts = _parts(text)
        if not found and len(parts) > 1:
            found = [one for one in self.by_word.get(parts[-1], []) if self._lies_under(one, parts[:-1])]
        if len(found) == 1:
            return found[0]
        if not found:
            return self._missing(text, parts)
        known = "、".join(self._path(one) for one in found[:_CANDIDATES])
        way = "请写明上级" if self.is_tree else "请改写编码"
        return f"有 {len(found)} 个“{parts[-1]}”，{way}：{known}{'等' if len(found) > _CANDIDATES else ''}。"

    def _missing(self, text: str, parts: list[str]) -> str:
        near = _proposal(parts[-1], self._near(), shown=text)
        return near or f"{self.title}中没有“{text}”，或不在您的数据范围内。"

    def _near(self) -> list[str]:
        if self.near is None:
            wanted = visible(self.model, self.viewer)
            number = self.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
            names = wanted.with_only_columns(self.columns[0], maintain_column_froms=True).distinct()
            self.near = list(self.session.scalars(names)) if number <= _MOST_NAMES else []
        return self.near

    def _above(self, identity: int) -> list[str]:
        """The names above a record, the nearest first."""
        line: list[str] = []
        parent = self.parents.get(identity)
        while parent is not None and len(line) < 10:
            if parent not in self.parents:
                model: Any = self.model
                row = self.session.execute(select(model.parent_id, self.columns[0]).where(model.id == parent)).one_or_none()
                self.parents[parent], self.names[parent] = (row[0], row[1]) if row else (None, "")
            line.append(self.names[parent])
            parent = self.parents[parent]
        return line

    def _lies_under(self, identity: int, parts: list[str]) -> bool:
        """Whether these names stand above the record in this order; some between may be left out."""
        above = iter(reversed(self._above(identity)))
        return self.is_tree and all(part in above for part in parts)

    def _path(self, identity: int) -> str:
        if self.is_tree:
            return "/".join([*self._above(identity)[:1], self.names[identity]])
        code = next((one.key for one in self.columns if one.key in ("code", "username", "credit_code")), None)
        if code is None:
            return f"{self.names[identity]}（{identity}）"
        return str(self.session.scalar(select(getattr(self.model, code)).where(self.model.id == identity)))  # type: ignore[attr-defined]


def lookup_for(session: Session, viewer: Viewer, target: type[Base] | None, choices: Iterable[Choice] | None) -> Words | References | None:
    """What turns the words of a column into its values; None where they are the values."""
    if target is not None:
        return References(session, viewer, target)
    return Words(choices) if choices is not None else None


def is_short(session: Session, viewer: Viewer, model: type[Record], most: int = 300) -> list[str]:
    """The names of a table so short that a drop-down can offer them; else none."""
    names = References(session, viewer, model)
    key = visible(model, viewer).with_only_columns(names.columns[0], maintain_column_froms=True)
    found = list(session.scalars(key.order_by(names.columns[0]).limit(most + 1)))
    return found if len(found) <= most and len(set(found)) == len(found) else []


def _parts(text: str) -> list[str]:
    parts = [part for part in _SPLIT.split(text) if part]
    return parts or [text]


def _proposal(text: str, names: Iterable[str], shown: str = "") -> str:
    near = get_close_matches(text, list(names), n=1, cutoff=0.6)
    return f"没有“{shown or text}”，是否为“{near[0]}”？" if near else ""
