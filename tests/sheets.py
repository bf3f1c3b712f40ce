"""Workbooks as people send them, good ones and bad ones, and the jobs role's part done in the test's own process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from python_calamine import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from data.db import session
from data.imports import receive, sheet_of
from data.models import Division, ImportBatch, ImportRow, Role, Task, UnitType, User
from data.rules.credit_code import check_sign
from data.save import create
from data.settings import current_settings
from data.task_runner import run_next
from data.viewer import Viewer, system_viewer
from data.viewers import viewer_of

MAKER = system_viewer("tests")
HEADS = ("企业名称", "统一社会信用代码", "属地", "企业类型", "企业规模", "从业人数", "经度", "纬度")
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def viewer_now(current: Session, user_id: int) -> Viewer | None:
    """As app.py hands it to the jobs role."""
    standing = viewer_of(current, user_id)
    return standing.viewer if standing else None


def work() -> int:
    """Do all tasks that wait; how many there were."""
    number = 0
    while run_next(current_settings(), viewer_now):
        number += 1
    return number


def person(current: Session, name: str, *permissions: str, scope: str = "all", **more: Any) -> Viewer:
    """A user with a role of their own."""
    role = create(current, Role, MAKER, {"code": name, "name": name, "permissions": list(permissions), "scope": scope})
    user = {"username": name, "name": f"{name}某", "password_hash": "none", "role_id": role.id}
    identity = create(current, User, MAKER, user | more).id
    viewer = viewer_now(current, identity)
    assert viewer is not None
    return viewer


def towns(current: Session) -> None:
    """A county with two towns, another county with a town of the same name as one of them, and a type of unit."""
    dangerous = create(current, UnitType, MAKER, {"code": "01", "name": "危险物品类"})
    create(current, UnitType, MAKER, {"code": "0101", "name": "危险化学品生产单位", "parent_id": dangerous.id})
    county = create(current, Division, MAKER, {"code": "211321", "name": "朝阳县", "level": "county"})
    other = create(current, Division, MAKER, {"code": "211381", "name": "北票市", "level": "county"})
    for code, name, above in (("211321001", "柳城街道", county), ("211321002", "南双庙镇", county), ("211321003", "城关镇", county), ("211381001", "城关镇", other)):
        create(current, Division, MAKER, {"code": code, "name": name, "level": "town", "parent_id": above.id})


def credit_code(number: int) -> str:
    """A credit code like no other's."""
    tail = ""
    for _ in range(3):
        number, rest = divmod(number, len(LETTERS))
        tail = LETTERS[rest] + tail
    body = f"91211321MA0Y8T{tail}"
    return body + check_sign(body)


def firm(number: int) -> list[Any]:
    """The cells of a good row, in the order of HEADS."""
    return [f"朝阳第{number}化工有限公司", credit_code(number), "柳城街道", "危险物品类-危险化学品生产单位", "中型", 120, 120.43, 41.42]


def book(rows: Iterable[Sequence[Any]], heads: Sequence[str] = HEADS, *, name: str = "生产经营单位", more: Callable[[Workbook, Any], None] | None = None) -> BytesIO:
    """A workbook with these heads and rows; ``more`` adds to its worksheet."""
    content = BytesIO()
    with Workbook(content, {"strings_to_formulas": False}) as made:
        sheet = made.add_worksheet(name)
        sheet.write_row(0, 0, heads)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)
        if more:
            more(made, sheet)
    content.seek(0)
    return content


def upload(viewer: Viewer, content: BytesIO, code: str = "enterprise", name: str = "企业.xlsx") -> ImportBatch:
    """The batch of the workbook after its check."""
    with session() as current:
        identity = receive(current, viewer, sheet_of(code), content, name, current_settings()).id
    work()
    return batch(identity)


def batch(identity: int) -> ImportBatch:
    with session() as current:
        return current.get_one(ImportBatch, identity)


def task(identity: int | None) -> Task:
    with session() as current:
        return current.get_one(Task, identity)


def rows(found: ImportBatch) -> list[ImportRow]:
    with session() as current:
        return list(current.scalars(select(ImportRow).where(ImportRow.batch_id == found.id).order_by(ImportRow.number)))


def counts(found: ImportBatch) -> tuple[int, int, int, int]:
    """New, changed, same and refused rows."""
    return found.new_count, found.changed_count, found.same_count, found.refused_count


def messages(found: ImportBatch) -> dict[str, str]:
    """Every message of a batch by its address."""
    from data.imports.batches import address

    told = {at: words for at, words in found.messages}
    return told | {address(found, row, index): words for row in rows(found) for index, words in row.messages}


def read(path: Path, sheet: int = 0) -> list[list[Any]]:
    """The cells of a workbook."""
    with load_workbook(path) as made:
        return made.get_sheet_by_index(sheet).to_python(skip_empty_area=False)
