"""The whole web application: every callback asks for a right, nothing comes from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dash import Dash
from flask import Flask
from flask.testing import FlaskClient

from dashboard import bundles
from dashboard.app import STYLES, create_dash
from dashboard.callbacks import permission_marks
from dashboard.ids import part_id
from dashboard.site import Site
from data.permissions import ALL_PERMISSIONS
from data.settings import Settings
from pages import pages

ROOT = Path(__file__).parents[2]
OUTSIDE = re.compile(r"""(?:src|href|action|url)\s*[=(]\s*["']?(?:https?:)?//[^"')\s]+""")


@pytest.fixture(scope="module")
def app() -> Dash:
    return create_dash(Flask("test"), Site(pages()), Settings(demo=True))


@pytest.fixture(scope="module")
def client(app: Dash) -> Iterator[FlaskClient]:
    with app.server.test_client() as made:
        made.get("/_dash-dependencies")
        yield made


def test_every_server_callback_asks_for_a_permission(app: Dash, client: FlaskClient) -> None:
    marks = permission_marks(app)
    assert marks, "there are callbacks to look at"
    assert [key for key, permission in marks.items() if permission is None] == [], "registered without guarded()"


def test_callbacks_and_pages_ask_for_permissions_that_exist(app: Dash, client: FlaskClient) -> None:
    asked = {permission for permission in permission_marks(app).values() if permission}
    asked |= {page.permission for page in pages() if page.permission}
    assert asked - ALL_PERMISSIONS == set()


def test_two_applications_do_not_share_callbacks(app: Dash, client: FlaskClient) -> None:
    second = create_dash(Flask("second"), Site(pages()), Settings())
    second.server.test_client().get("/_dash-dependencies")
    assert second.callback_map.keys() == app.callback_map.keys()


def test_the_index_says_language_and_theme_at_once(client: FlaskClient) -> None:
    assert '<html lang="zh-CN" data-theme="light"' in client.get("/").text
    assert 'data-theme="light"' in client.get("/nowhere").text


def test_room_pages_begin_dark(client: FlaskClient) -> None:
    dark = [page.path for page in pages() if page.shell == "room" and not page.is_template]
    assert all('data-theme="dark"' in client.get(path).text for path in dark)


def test_nothing_is_loaded_from_outside(client: FlaskClient) -> None:
    assert OUTSIDE.findall(client.get("/").text) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "assets").glob("*.css")) + sorted((ROOT / "assets").glob("*.js")), ids=lambda path: path.name
)
def test_no_asset_names_another_host(path: Path) -> None:
    assert OUTSIDE.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("bundle", [bundles.FRAME_SCRIPT, bundles.FRAME_STYLE], ids=lambda one: one.kind)
def test_own_files_come_as_one_that_is_kept_until_it_changes(client: FlaskClient, bundle: bundles.Bundle) -> None:
    assert f'"{bundle.address}"' in client.get("/").text
    answer = client.get(bundle.address)
    ours = [path.name for path in sorted((ROOT / "assets").glob(f"*.{bundle.kind}"))]
    assert answer.mimetype == {"js": "text/javascript", "css": "text/css"}[bundle.kind]
    assert re.findall(r"^/\* (\S+\.(?:js|css)) \*/$", answer.text, re.MULTILINE) == [name for name in ours if "-screen" not in name]
    assert answer.cache_control.immutable and answer.cache_control.max_age == bundles.YEAR
    assert "Cookie" not in answer.headers.get("Vary", ""), "who asks makes no difference"
    assert not client.get(f"{bundle.path}?v=before").cache_control.immutable, "a page of before an update keeps nothing"


@pytest.mark.parametrize("address", STYLES)
def test_bootstrap_is_served_from_the_installed_package(client: FlaskClient, address: str) -> None:
    with client.get(address) as answer:
        assert answer.status_code == 200
        assert answer.mimetype == "text/css"


def test_the_fonts_of_the_icons_are_served_too(client: FlaskClient) -> None:
    with client.get("/vendor/bootstrap/font/fonts/bootstrap-icons.woff2") as answer:
        assert answer.status_code == 200


def test_no_file_beside_the_style_sheets_can_be_fetched(client: FlaskClient) -> None:
    assert client.get("/vendor/bootstrap/..%2f..%2f..%2f__init__.py").status_code == 404


def test_the_machine_interface_of_dash_is_off(app: Dash) -> None:
    assert app._enable_mcp is False


def test_every_icon_of_a_page_exists() -> None:
    from dashboard.app import BOOTSTRAP

    known = (BOOTSTRAP / "font" / "bootstrap-icons.min.css").read_text(encoding="utf-8")
    assert [page.icon for page in pages() if page.icon and f".bi-{page.icon}::before" not in known] == []


def test_settings_cannot_break_out_of_the_script_element() -> None:
    from dashboard.app import browser_config

    assert "</script>" not in browser_config(Settings(park_name="</script><script>alert(1)"))


def test_a_part_is_named_by_kind_and_key() -> None:
    assert part_id("list-search", "enterprise") == {"t": "list-search", "k": "enterprise"}


@pytest.mark.parametrize(("kind", "key"), [("", "a"), ("a", ""), ("a.b", "c"), ("a{b", "c")])
def test_a_part_that_dash_could_not_match_is_refused(kind: str, key: str) -> None:
    with pytest.raises(ValueError, match="name a part"):
        part_id(kind, key)


def test_no_page_hides_behind_an_address_that_answers_something_else(app: Dash) -> None:
    routes = app.server.url_map.bind("localhost")
    paths = [page.path for page in app.site.pages if not page.is_template]
    page_route = routes.match("/enterprises")[0]
    assert [path for path in paths if path != "/" and routes.match(path)[0] != page_route] == []
