"""A column that also knows how it is called and shown: the one declaration that lists, forms, imports and exports read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy.orm import MappedColumn, mapped_column

from data.choices import Choice

Kind = Literal["", "long", "money", "phone", "place", "polygon", "area", "line"]


def field(
    label: str,
    *args: Any,
    required: bool = False,
    search: bool = False,
    unit: str = "",
    help: str = "",
    kind: Kind = "",
    choices: Sequence[Choice] | None = None,
    dictionary: str = "",
    check: Callable[[Any], str] | None = None,
    secret: bool = False,
    **kwargs: Any,
) -> MappedColumn[Any]:
    """A mapped column with its words in ``info``.

    ``label`` is the Chinese name; ``required`` puts the red star and makes the column NOT NULL; ``search`` lets the keyword
    of a list look here; ``choices`` are the words of a coded value that the program knows, ``dictionary`` names the list of
    words that the park keeps itself (``data.dictionaries``); ``check`` says in Chinese why a value cannot be (empty: it can);
    a ``secret`` column is never shown, exported or audited.

    ``kind`` says what the type does not: ``long`` text, ``money`` (万元), ``phone`` (a tel: link), ``polygon`` (GeoJSON,
    WGS-84), ``area`` (the same, or a circle: a Point with the radius in the column ``radius_m``), ``line`` (a LineString), ``place`` (the longitude of a pair ``lon``, ``lat``: picked on a map). Numbers, dates, instants and yes/no
    follow from the type; a foreign key is a choice among the records that the viewer sees, as a tree where the table has a
    ``parent_id``.
    """
    kwargs.setdefault("nullable", not required)
    info = {
        "label": label,
        "required": required,
        "search": search,
        "unit": unit or ("万元" if kind == "money" else ""),
        "help": help,
        "kind": kind,
        "choices": choices,
        "dictionary": dictionary,
        "check": check,
        "secret": secret,
    }
    return mapped_column(*args, info=info, **kwargs)


class FileSlot(NamedTuple):
    """A place for attachments of a record: ``Record.__files__`` lists them. ``most`` bounds their number. What the program
    itself ``is_made`` stands there: nobody uploads or deletes it. One that ``is_photo`` takes pictures only."""

    code: str
    label: str
    required: bool = False
    most: int = 5
    is_made: bool = False
    is_photo: bool = False
