"""What the migrations promise: the tables are as the models say, and a running park keeps its data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from data.migrate import configuration, upgrade
from data.models import Base
from data.servers.postgres import EmbeddedPostgres
from data.settings import Settings

# Made by the migrations alone: their expression is that of data.query.search_text, which the models do not know.
BY_HAND = {"ix_enterprise_search", "ix_hidden_danger_search"}


@pytest.fixture
def empty(cluster: EmbeddedPostgres) -> Iterator[Settings]:
    """A database without any table."""
    cluster.create_database("migrating")
    yield Settings(database_url=cluster.url("migrating"))
    cluster.drop_database("migrating")


def run(settings: Settings, statement: str, **values: Any) -> list[Any]:
    """The rows of one statement, in a transaction of its own."""
    engine = create_engine(settings.effective_database_url)
    with engine.begin() as connection:
        result = connection.execute(text(statement), values)
        rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


def types(settings: Settings) -> list[tuple[str, str]]:
    """The code of each enterprise and the words of its type."""
    return run(
        settings,
        "SELECT enterprise.code, concat_ws('-', above.name, unit_type.name) FROM enterprise JOIN unit_type ON unit_type.id = unit_type_id "
        "LEFT JOIN unit_type AS above ON above.id = unit_type.parent_id ORDER BY enterprise.code",
    )


def test_tables_are_as_the_models_say(database: Settings) -> None:
    engine = create_engine(database.effective_database_url)
    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": lambda name, kind, parents: kind != "index" or name not in BY_HAND}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    # Daily partitions are made by the jobs role, not by a migration.
    assert differences == []


def test_a_new_database_is_left_to_the_seed(empty: Settings) -> None:
    upgrade(empty)
    assert run(empty, "SELECT (SELECT count(*) FROM unit_type), (SELECT count(*) FROM dictionary_item)") == [(0, 0)]


def enter_old_park(settings: Settings, kinds: dict[str, str]) -> None:
    """A park at revision 0001: a town, two offices, a role, and an enterprise for each (code, kind)."""
    command.upgrade(configuration(settings), "0001")
    run(settings, "INSERT INTO division (code, name, level) VALUES ('1', '某镇', 'town')")
    run(settings, "INSERT INTO department (name, short_name) VALUES ('应急管理局', '应急局'), ('交通运输局', '交通局')")
    run(settings, "INSERT INTO role (code, name, permissions, scope) VALUES ('officer', '监管人员', '[\"map.view\"]', 'all')")
    for code, kind in kinds.items():
        run(
            settings,
            "INSERT INTO enterprise (code, name, short_name, kind, scale, state, division_id, department_id, lon, lat) SELECT "
            "CAST(:code AS varchar), :code, :code, :kind, 'small', 'running', division.id, department.id, 120, 41 "
            "FROM division, department WHERE short_name = :office",
            code=code,
            kind=kind,
            office="交通局" if kind.startswith("交通") else "应急局",
        )


def test_texts_become_types_and_types_get_the_office_of_their_enterprises(empty: Settings) -> None:
    kinds = {
        "a": "危险物品类-危险化学品生产单位",
        "b": "交通运输类-危险货物运输",
        "c": "危险物品类",
        "d": "航天类-火箭-发动机",
        "e": "危险物品类-放射源",
        "f": " - ",
        "g": "新类",
    }
    enter_old_park(empty, kinds)
    upgrade(empty)
    assert types(empty) == [
        ("a", "危险物品类-危险化学品生产单位"),
        ("b", "交通运输类-道路危险货物运输"),
        ("c", "危险物品类"),
        ("d", "航天类-火箭-发动机"),
        ("e", "危险物品类-放射源"),
        ("f", "其他类-其他单位"),
        ("g", "新类"),
    ]
    offices = run(
        empty, "SELECT unit_type.name, short_name FROM unit_type JOIN department ON department.id = department_id WHERE unit_type.name ~ '货物|生产'"
    )
    assert sorted(offices) == [("危险化学品生产单位", "应急局"), ("道路危险货物运输", "交通局")]


def test_a_running_park_gets_the_first_words_the_rules_and_the_new_roles(empty: Settings) -> None:
    enter_old_park(empty, {"a": "危险物品类-危险化学品生产单位"})
    upgrade(empty)
    assert run(empty, "SELECT count(*) > 100, count(DISTINCT dictionary) > 10 FROM dictionary_item") == [(True, True)]
    assert run(empty, "SELECT is_shown AND is_required FROM field_rule WHERE item = 'safety_license_no' AND unit_type_id IN (SELECT unit_type_id FROM enterprise)") == [(True,)]
    roles = run(empty, "SELECT code, scope, permissions->>0 FROM role ORDER BY code")
    assert roles == [("department", "departments", "map.view"), ("officer", "all", "map.view"), ("town", "divisions", "map.view")]
    assert run(empty, "SELECT code FROM role WHERE permissions @> '[\"danger.handle\"]' ORDER BY code") == [("department",), ("officer",), ("town",)]
    assert run(empty, "SELECT (SELECT count(*) FROM major_criterion), (SELECT count(*) FROM report_cycle)") == [(20, 4)]
    assert run(empty, "SELECT confirm_state, standard_state, completeness, version FROM enterprise") == [("pending", "unrated", 0, 1)]


def test_the_demo_park_goes_back_and_forth_with_its_enterprises(fresh_demo_database: Settings) -> None:
    before = types(fresh_demo_database)
    command.downgrade(configuration(fresh_demo_database), "0001")
    kinds = "SELECT code, kind FROM enterprise ORDER BY code"
    assert run(fresh_demo_database, kinds) == before
    upgrade(fresh_demo_database)
    assert types(fresh_demo_database) == before
