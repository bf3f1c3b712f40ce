"""Formulas in workbooks of Excel 97-2003 are found: their reader tells only what they gave last."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data.errors import Invalid
from data.imports import old_excel
from data.imports.workbook import opened

FORMULAS = Path(__file__).parent / "files" / "formulas.xls"


def test_the_cells_with_formulas_of_the_sheet_are_found(tmp_path: Path) -> None:
    found = opened(FORMULAS, "隐患", tmp_path)
    assert (found.name, found.formulas) == ("隐患", {(2, 2), (4, 0)})
    assert next(row for number, row in found.rows() if number == 2)[:2] == ["灭火器", 3.0]
    assert opened(FORMULAS, "说明", tmp_path).formulas == {(2, 1)}


@pytest.mark.parametrize("keep", [600, 2_000, 4_000])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, keep: int) -> None:
    broken = tmp_path / "半.xls"
    shutil.copyfile(FORMULAS, broken)
    broken.write_bytes(broken.read_bytes()[:keep])
    with pytest.raises(Invalid, match="无法读取"):
        old_excel.formulas(broken, "隐患")
