"""What the operator types beside a running platform."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import paho.mqtt.client as mqtt
import psycopg2
import pytest

from data.servers.postgres import EmbeddedPostgres
from tests.platform import ROOT, Platform, wait_for


def ask(platform: Platform, question: str) -> list[tuple[object, ...]]:
    return EmbeddedPostgres.of(platform.settings).query(question, database="park")


def test_token_prints_a_token_and_nothing_else(platform: Platform) -> None:
    token = platform.token("admin")
    assert token.split() == [token], "one word"
    status, body = platform.get("/api/v1/points?limit=1", token)
    assert status == 200
    assert len(body["items"]) == 1


def test_a_token_for_nobody_is_one_line_on_stderr(platform: Platform) -> None:
    command = [sys.executable, "app.py", "token", "--user", "nobody"]
    done = subprocess.run(command, cwd=ROOT, env=platform.environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "nobody" in done.stderr


def test_a_gateway_gets_a_user_that_the_running_broker_knows_at_once(platform: Platform) -> None:
    ((enterprise,),) = ask(platform, "SELECT code FROM enterprise ORDER BY id LIMIT 1")
    printed = dict(
        line.split(maxsplit=1) for line in platform.run("gateway", "--enterprise", str(enterprise)).splitlines()
    )
    assert f"/{enterprise}/" in printed["主题"]
    said: list[str] = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set(printed["用户"], printed["密码"])
    client.on_connect = lambda _client, _data, _flags, reason, _properties: said.append(str(reason))
    client.connect("127.0.0.1", platform.settings.mqtt_port)
    client.loop_start()
    wait_for(lambda: "Success" in said, 10, "the broker lets it in")
    client.disconnect()
    client.loop_stop()


def test_an_unknown_enterprise_gets_no_gateway(platform: Platform) -> None:
    with pytest.raises(AssertionError, match="没有编码为"):
        platform.run("gateway", "--enterprise", "nowhere")


def test_a_new_account_must_change_its_password_and_can_be_reset(platform: Platform) -> None:
    first = platform.run("user", "create", "zhang.san", "--role", "duty", "--name", "张三")
    second = platform.run("user", "reset", "zhang.san")
    assert first != second
    rows = ask(platform, "SELECT must_change_password, session_epoch FROM \"user\" WHERE username = 'zhang.san'")
    assert rows == [(True, 2)]
    platform.run("user", "unlock", "zhang.san")


def test_the_audit_of_these_commands_is_whole(platform: Platform) -> None:
    wait_for(lambda: ask(platform, "SELECT 1 FROM audit_entry WHERE seal IS NOT NULL LIMIT 1"), 60, "the first seal")
    assert "完好" in platform.run("verify-audit")


def test_migrate_and_seed_leave_a_filled_database_as_it_is(platform: Platform) -> None:
    before = ask(platform, "SELECT count(*) FROM enterprise")
    platform.run("migrate")
    assert "未改动" in platform.run("seed")
    assert ask(platform, "SELECT count(*) FROM enterprise") == before


def test_a_backup_is_a_file_that_another_database_can_be_made_from(platform: Platform, folder: Path) -> None:
    file = folder / "park.backup"
    assert "已备份" in platform.run("backup", str(file))
    postgres = EmbeddedPostgres.of(platform.settings)
    postgres.create_database("restored")
    there = postgres.url("restored")
    command = [sys.executable, "app.py", "restore", "--yes", str(file)]
    done = subprocess.run(
        command, cwd=ROOT, env={**platform.environment, "PARK_DATABASE_URL": there}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    with psycopg2.connect(there) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tank")
        assert cursor.fetchone() == ask(platform, "SELECT count(*) FROM tank")[0]
    connection.close()
    postgres.drop_database("restored")
