"""A column that also knows how it is called and shown: the one declaration that lists, forms and exports read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import MappedColumn, mapped_column

from data.choices import Choice


def field(
    label: str,
    *args: Any,
    required: bool = False,
    search: bool = False,
    unit: str = "",
    help: str = "",
    choices: Sequence[Choice] | None = None,
    secret: bool = False,
    **kwargs: Any,
) -> MappedColumn[Any]:
    """A mapped column with its words in ``info``.

    ``label`` is the Chinese name; ``required`` puts the red star and makes the column NOT NULL; ``search`` lets the keyword
    of a list look here; ``choices`` are the words of a coded value; a ``secret`` column is never shown, exported or audited.
    """
    kwargs.setdefault("nullable", not required)
    info = {
        "label": label,
        "required": required,
        "search": search,
        "unit": unit,
        "help": help,
        "choices": choices,
        "secret": secret,
    }
    return mapped_column(*args, info=info, **kwargs)
