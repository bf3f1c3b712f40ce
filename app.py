"""The platform's command line and its web application.

``python app.py`` runs everything; each role also runs alone. Commands import what they need when they are called:
a role should start quickly and hold only its own libraries.
"""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from data.errors import PlatformError
from data.settings import Settings, current_settings

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from data.viewer import Viewer


def create_app(settings: Settings | None = None) -> Flask:
    """The web application: sign-in and guard, the pages, the API, health."""
    from flask import Flask

    import auth
    from dashboard import api, health, import_answers, live, past, screens, tasks, todos
    from dashboard.app import create_dash
    from dashboard.site import Site
    from pages import pages

    settings = settings or current_settings()
    server = Flask("park", static_folder=None)
    auth.init_app(server, settings)
    create_dash(server, Site(pages()), settings)
    for part in (live, past, api, health, tasks, todos, import_answers, screens):
        part.register(server)
    return server


def __getattr__(name: str) -> Any:
    """``app:server`` for a WSGI server of one's own, made when it is asked for."""
    if name == "server":
        return create_app()
    raise AttributeError(name)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """工业园区安全监管与应急指挥平台。不带命令时运行整个平台。"""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("apscheduler", "alembic.runtime.plugins"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if context.invoked_subcommand is None:
        context.invoke(run)


@cli.command()
def run() -> None:
    """运行整个平台：数据库、MQTT 服务器和全部进程。"""
    from data import supervisor

    settings = current_settings()
    roles = ["web", "push", "ingest", "jobs", *(["simulate"] if settings.simulating else [])]
    supervisor.run(settings, [sys.executable, str(Path(__file__).resolve())], roles)


@cli.command()
def web() -> None:
    """网页（gunicorn）。"""
    import dashboard.app  # noqa: F401 - imported before the fork, the workers share it and start at once
    from dashboard.serve import serve_web
    from pages import pages

    pages()
    serve_web(create_app, current_settings())


@cli.command()
def push() -> None:
    """实时推送（Server-Sent Events）。"""
    from dashboard.serve import serve_push

    serve_push(current_settings())


@cli.command()
def ingest() -> None:
    """数据接入：MQTT 与 JT/T 808。可并行运行多个，每个用自己的 PARK_JT808_PORT；MQTT 按企业自动分担。"""
    import ingest.role

    ingest.role.run(current_settings())


@cli.command()
def jobs() -> None:
    """定时任务。"""
    import data.jobs
    from data.subscriptions import lists
    from data.viewers import viewer_of

    def lists_now() -> lists.Reader:
        from dashboard.subscribing import reader
        from pages import pages

        return reader(pages())

    def viewer_now(session: Session, user_id: int) -> Viewer | None:
        standing = viewer_of(session, user_id)
        return standing.viewer if standing else None

    lists.read_by(lists_now)
    data.jobs.run(current_settings(), viewer_of=viewer_now)


@cli.command()
def simulate() -> None:
    """模拟器：像真实设备一样上报。"""
    import ingest.simulator

    stop = Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    ingest.simulator.run(current_settings(), stop)


@cli.command(hidden=True)
@click.argument("result", type=click.Path(path_type=Path))
def prepare(result: Path) -> None:
    """Migrate, seed and write the broker's users; the supervisor reads RESULT.

    A RESULT that is there was not shown yet, because that start failed: its first password is the only copy.
    """
    import orjson

    from auth.passwords import hash_password
    from data.first_start import make_ready

    told = make_ready(current_settings(), hash_password)
    if told["seeded"] or not result.exists():
        result.touch(mode=0o600)
        result.write_bytes(orjson.dumps(told))


@cli.command()
def migrate() -> None:
    """把数据库升级到最新结构。"""
    from data.migrate import upgrade

    upgrade(current_settings())


@cli.command()
def seed() -> None:
    """填充空数据库：演示园区，或（PARK_DEMO=0）仅基础数据。"""
    from auth.passwords import hash_password
    from data.first_start import fill

    told = fill(current_settings(), hash_password)
    click.echo(f"账号  {told['accounts']}\n密码  {told['password']}" if told["seeded"] else "数据库已有数据，未改动。")


@cli.group()
def user() -> None:
    """账号：新建、重置密码、解锁。"""


@user.command("create")
@click.argument("username")
@click.option("--role", default="officer", show_default=True, help="角色编码")
@click.option("--name", default="", help="姓名")
def user_create(username: str, role: str, name: str) -> None:
    """新建账号，打印一次性初始密码。"""
    from auth import accounts
    from data.db import session

    with session() as current:
        click.echo(accounts.add(current, username, name, role))


@user.command("reset")
@click.argument("username")
def user_reset(username: str) -> None:
    """重置密码并解锁，打印新密码。"""
    from auth import accounts
    from data.db import session

    with session() as current:
        click.echo(accounts.reset(current, username))


@user.command("unlock")
@click.argument("username")
def user_unlock(username: str) -> None:
    """解除登录锁定。"""
    from auth import accounts
    from data.db import session

    with session() as current:
        accounts.unlock(current, username)


@cli.command()
@click.option("--user", "username", required=True, help="令牌所属用户")
@click.option("--name", default="命令行", help="用途")
def token(username: str, name: str) -> None:
    """签发接口令牌；只打印令牌。"""
    from auth.tokens import issue
    from data.db import session

    with session() as current:
        issued = issue(current, username, name)
    click.echo(issued)


@cli.command()
@click.option("--enterprise", required=True, help="企业编码")
@click.option("--code", default="", help="网关编码；不填则新建下一个")
def gateway(enterprise: str, code: str) -> None:
    """为企业网关新建 MQTT 用户（或换新密码）；密码只显示这一次。"""
    from data.db import session
    from data.gateways import grant_access
    from data.servers import broker
    from data.viewer import system_viewer

    settings = current_settings()
    with session() as current:
        access = grant_access(current, settings, enterprise, code, system_viewer("命令行"))
    with session() as current:
        broker.refresh(settings, current)
    click.echo(f"用户  {access.username}\n密码  {access.password}\n主题  {access.topic}")


@cli.command("verify-audit")
def verify_audit() -> None:
    """校验操作日志的封印链。"""
    from data.audit import verify
    from data.db import read_session

    with read_session() as current:
        verdict = verify(current)
    if verdict.broken_id is not None:
        click.echo(f"操作日志在第 {verdict.checked + 1} 条（编号 {verdict.broken_id}）处被改动")
        sys.exit(1)
    click.echo(f"{verdict.checked} 条操作日志完好，末条封印 {verdict.last_seal or '（无）'}")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """把数据库备份到 FILE。"""
    from data import backup as tool

    click.echo(f"已备份 {tool.backup(current_settings(), file) / 1e6:.1f} MB 到 {file}")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.confirmation_option(prompt="现有数据将被备份内容取代，继续？")
def restore(file: Path) -> None:
    """用备份 FILE 取代数据库内容。"""
    from data import backup as tool

    tool.restore(current_settings(), file)
    click.echo("已恢复")


def main() -> None:
    """The command line; an error that is meant for people is printed as one line."""
    try:
        cli()
    except PlatformError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
