"""The embedded PostgreSQL is private, knows Chinese trigrams, and starts again after anything."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.servers.postgres import EmbeddedPostgres, PostgresError
from data.settings import Settings


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A cluster that has run once and is stopped."""
    postgres = EmbeddedPostgres(folder / "second", folder / "second-socket")
    postgres.prepare()
    yield postgres


def test_a_killed_server_starts_again_with_what_was_committed(server: EmbeddedPostgres, folder: Path) -> None:
    process = server.start(folder / "second.log")
    server.wait(process)
    server.execute("CREATE TABLE kept AS SELECT 1 AS one")
    process.kill()
    process.wait()
    server.prepare()
    process = server.start(folder / "second.log")
    server.wait(process)
    assert server.query("SELECT one FROM kept") == [(1,)]
    assert server.stop(process), "a fast shutdown"


def test_a_process_id_that_another_program_has_by_now_does_not_matter(server: EmbeddedPostgres, folder: Path) -> None:
    (server.folder / "postmaster.pid").write_text(f"1\n{server.folder}\n0\n5432\n")
    server.prepare()
    process = server.start(folder / "second.log")
    server.wait(process)
    server.stop(process)


def test_data_of_another_version_is_refused_by_name(server: EmbeddedPostgres) -> None:
    file = server.folder / "PG_VERSION"
    right = file.read_text()
    file.write_text("15\n")
    with pytest.raises(PostgresError, match="PostgreSQL 15"):
        server.prepare()
    file.write_text(right)


def test_it_listens_on_a_socket_that_only_its_user_reaches(cluster: EmbeddedPostgres) -> None:
    assert cluster.query("SHOW listen_addresses") == [("",)]
    assert stat.S_IMODE(cluster.socket_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.folder.stat().st_mode) == 0o700


def test_chinese_text_has_trigrams(database: Settings, cluster: EmbeddedPostgres) -> None:
    name = database.database_url.partition("?")[0].rpartition("/")[2]
    (trigrams,) = cluster.query("SELECT show_trgm('液氯储罐')", database=name)[0]
    assert len(trigrams) >= 4


def test_the_socket_path_fits_however_deep_the_data_directory_is(tmp_path: Path) -> None:
    deep = Settings(data_dir=tmp_path / ("d" * 60) / ("e" * 60))
    shallow = Settings(data_dir=Path("/srv/park"))
    assert len(bytes(deep.postgres_socket_dir / ".s.PGSQL.5432.lock")) < 108
    assert shallow.postgres_socket_dir == Path("/srv/park/run/postgres")
    with socket.socket(socket.AF_UNIX) as probe:
        deep.postgres_socket_dir.mkdir(parents=True, exist_ok=True)
        probe.bind(str(deep.postgres_socket_dir / ".s.PGSQL.5432"))
        (deep.postgres_socket_dir / ".s.PGSQL.5432").unlink()
        deep.postgres_socket_dir.rmdir()
