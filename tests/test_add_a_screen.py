"""docs/add-a-screen.md keeps its word: its example is pasted as it stands, mounted and used."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from data.settings import Settings

ROOT = Path(__file__).parents[1]
MOST_LINES = 25


def pasted() -> dict[str, str]:
    """The code of the document by the path in its first line."""
    text = (ROOT / "docs" / "add-a-screen.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n# (\S+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return dict(blocks)


@pytest.fixture(scope="module")
def said(demo_database: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the pasted screen answered, from the entry of a record to its deletion."""
    folder = tmp_path_factory.mktemp("pasted")
    for name, code in pasted().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", "-m", "tests.pasted", str(folder)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_new_table_is_a_model_a_migration_a_declaration_and_its_tests() -> None:
    assert [name.split("/")[0] for name in pasted()] == ["data", "data", "pages", "tests"]


def test_the_declaration_has_at_most_25_lines() -> None:
    code = pasted()["pages/emergency/drills.py"]
    declaration = next(node for node in ast.parse(code).body if isinstance(node, ast.Assign))
    assert declaration.end_lineno is not None
    assert declaration.end_lineno - declaration.lineno + 1 <= MOST_LINES


def test_the_migration_makes_the_table_of_the_model(said: dict[str, Any]) -> None:
    assert said["differences"] == []


def test_the_promises_of_the_document_hold(said: dict[str, Any]) -> None:
    assert said["promises"] == ["test_an_office_enters_a_drill_and_finds_it_on_top", "test_a_drill_of_nobody_is_refused_at_the_field"]


def test_a_record_is_added_listed_and_shown(said: dict[str, Any]) -> None:
    assert "已添加“苯罐区火灾演练”。" in said["added"]
    assert "1.5 万元" in said["drawn"] and "桌面推演" in said["drawn"]
    assert '\\"kind\\":\\"money\\"' in said["form"].replace("\\\\", "\\"), "the form has the control of the kind of field"
    assert [row["name"] for row in said["found"]] == ["苯罐区火灾演练"]


def test_it_is_edited_by_its_office_and_by_nobody_else(said: dict[str, Any]) -> None:
    assert "已保存“苯罐区火灾演练”。" in said["edited"]
    assert "只有该机构可以修改或删除。" in said["foreign"]
    assert "没有“维护应急资源”权限" in said["refused"]


def test_it_is_deleted_and_gone(said: dict[str, Any]) -> None:
    assert "已删除“苯罐区火灾演练”，可在回收站恢复。" in said["deleted"]
    assert said["left"] == []


def test_an_export_has_the_columns_of_the_list_and_of_the_drawer(said: dict[str, Any]) -> None:
    assert [label for _, label in said["exported"]] == ["演练名称", "演练形式", "演练日期", "参演人数", "组织机构", "演练经费", "发现的问题"]
