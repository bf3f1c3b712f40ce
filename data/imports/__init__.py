"""Records out of workbooks: template, check with every wrong cell named, all or nothing, and the undoing of a batch."""

from __future__ import annotations

from data.imports import check, commit, results, undo  # noqa: F401 - they register their tasks
from data.imports.batches import clear, receive
from data.imports.sheet import SHEETS, Sheet, register, sheet_of
from data.imports.template import template

__all__ = ["SHEETS", "Sheet", "clear", "receive", "register", "sheet_of", "template"]
