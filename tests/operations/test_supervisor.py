"""One command starts everything, keeps it alive, and leaves nothing behind. Written in the order of one life."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.platform import PASSWORD, ROOT, Platform, alive, children, descendants, wait_for


def kill(victim: Platform, role: str) -> int:
    """Kill a role without warning; gives the process id it had."""
    number = victim.role(role)
    assert number, f"{role} does not run"
    os.kill(number, signal.SIGKILL)
    return number


def come_back(victim: Platform, role: str, before: int) -> None:
    """Wait until the role runs as another process and the platform is well."""
    wait_for(lambda: victim.role(role) not in {0, before}, 20, f"{role} restarted")
    wait_for(victim.healthy, 30, "health after the restart")


def test_the_console_tells_address_account_and_password(victim: Platform) -> None:
    printed = victim.printed()
    assert victim.url in printed, "the address is missing"
    assert "admin" in printed, "the account is missing"
    assert "与 PARK_ADMIN_PASSWORD 相同" in printed, "where the password comes from is missing"
    assert PASSWORD not in printed, "a password that was given is not repeated"


def test_health_names_every_part(victim: Platform) -> None:
    status, parts = victim.get("/healthz")
    assert status == 200
    assert parts == {"status": "ok", "database": "ok", "broker": "ok", "ingest": "ok", "jobs": "ok"}


def test_health_tells_a_stranger_no_more(victim: Platform) -> None:
    assert victim.get("/metrics", token="wrong")[0] != 500


def test_a_second_platform_may_not_use_the_same_data_directory(victim: Platform) -> None:
    command = [sys.executable, "app.py", "run"]
    second = subprocess.run(command, cwd=ROOT, env=victim.environment, capture_output=True, text=True, timeout=20)
    assert second.returncode == 1
    assert "已由另一个平台进程" in second.stdout
    assert victim.healthy(), "the first was disturbed"


@pytest.mark.parametrize("role", ["web", "push", "ingest", "jobs"])
def test_a_killed_role_comes_back(victim: Platform, role: str) -> None:
    come_back(victim, role, kill(victim, role))


def test_a_killed_web_worker_is_replaced(victim: Platform) -> None:
    before = children(victim.role("web"))
    os.kill(before[0], signal.SIGKILL)
    wait_for(lambda: len(set(children(victim.role("web"))) - set(before)) == 1, 15, "a new worker")
    wait_for(victim.healthy, 20, "health")


def test_a_killed_postgres_recovers_by_itself(victim: Platform) -> None:
    come_back(victim, "postgres", kill(victim, "postgres"))


def test_a_killed_broker_recovers_by_itself(victim: Platform) -> None:
    come_back(victim, "broker", kill(victim, "broker"))


def test_ctrl_c_stops_all_within_ten_seconds(victim: Platform) -> None:
    assert victim.process is not None
    family = descendants(victim.process.pid)
    assert len(family) >= 8, "servers, roles and workers"
    assert victim.stop(signal.SIGINT) < 10
    assert victim.process.returncode == 0
    assert alive(family) == [], "left behind"
    assert "强制" not in victim.printed(), "something had to be killed"


def test_the_second_start_is_quick_and_does_not_repeat_the_password(victim: Platform) -> None:
    assert victim.process is not None
    assert victim.process.poll() is not None, "the test before stopped it"
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert victim.start() < 15 * busy, "the promise is for a machine that does nothing else"
    assert "首次启动时已设定" in victim.printed()


def test_kill_9_of_the_supervisor_leaves_no_orphan(victim: Platform) -> None:
    assert victim.process is not None
    family = descendants(victim.process.pid)
    victim.process.kill()
    victim.process.wait()
    wait_for(lambda: alive(family) == [], 10, "all children gone")


def test_it_starts_again_after_that(victim: Platform) -> None:
    victim.start()
    assert victim.healthy()


def test_a_taken_port_is_named_with_its_setting(folder: Path) -> None:
    (folder / "taken").mkdir()
    other = Platform(folder / "taken")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", other.settings.web_port))
        holder.listen(1)
        other.launch()
        assert other.process is not None
        assert other.process.wait(20) == 1
    assert f"{other.settings.web_port}（PARK_WEB_PORT：已被占用）" in other.printed()
