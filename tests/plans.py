"""What PostgreSQL would do with the statements that a page of a list sends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from data.db import engine
from data.models import Base
from data.query import Question, page
from data.viewer import Viewer, system_viewer

ALL = system_viewer("tests")


class Plans:
    """How the two statements of a page were found: that of the count, then that of the rows."""

    def __init__(self, current: Session, model: type[Base], question: Question, number: int = 1, viewer: Viewer = ALL) -> None:
        sent: list[tuple[str, Any]] = []

        def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
            sent.append((statement, parameters))

        event.listen(engine(), "before_cursor_execute", note)
        try:
            self.found = page(current, model, viewer, question, number=number)
        finally:
            event.remove(engine(), "before_cursor_execute", note)
        self.count, self.rows = (self._explained(current, *one) for one in sent)

    @staticmethod
    def _explained(current: Session, statement: str, parameters: Any) -> str:
        cursor = current.connection().connection.cursor()
        cursor.execute(f"EXPLAIN {statement}", parameters)
        return "\n".join(row[0] for row in cursor.fetchall())
