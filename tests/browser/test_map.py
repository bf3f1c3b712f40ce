"""The map and the vehicles' page as people meet them: trucks that drive, things that open, what is found and what is hidden."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from data.demo.transport import terminals
from ingest.jt808.device import SOS, Device, Report
from ingest.jt808.frame import Framer, parse
from tests.browsing import Visitor, until, visit
from tests.platform import PASSWORD, Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)

LON, LAT = 120.4300, 41.4200
VIEW = "document.querySelector('.map-frame').parkView"
STANDS = "Boolean(document.querySelector('.map-frame')?.parkView)"
VEHICLE_COLOUR = [195, 208, 228]  # --map-vehicle of the dark theme
PLATES = [terminal["vehicle"] for terminal in terminals()]
DRIVER, PAINTED, GLIDING, PICKED, TRACKED, FOLLOWED, HELPLESS, SPEEDING = PLATES[10:18]


class Truck:
    """A terminal on a raw TCP connection."""

    def __init__(self, port: int, plate: str) -> None:
        self.plate = plate
        terminal = next(item for item in terminals() if item["vehicle"] == plate)
        self.device = Device(terminal["phone"], terminal["protocol"])
        self.line = socket.create_connection(("127.0.0.1", port), timeout=10)
        answer = self.say(self.device.register(plate))
        self.say(self.device.authenticate(answer[3:].decode()))

    def say(self, frame: bytes) -> bytes:
        """Send a frame; the body of the answer, which comes after the commit."""
        self.line.sendall(frame)
        framer = Framer()
        while not (answers := framer.feed(self.line.recv(4096))):
            pass
        return parse(answers[0]).body

    def report(
        self, lon: float, lat: float, speed: float = 40.0, heading: int = 90, bits: int = 0, ago: float = 0.0
    ) -> None:
        """One position."""
        self.say(self.device.locate(Report(lon, lat, time.time() - ago, speed, heading, alarm_bits=bits)))


@pytest.fixture
def truck(platform: Platform) -> Iterator[Callable[[str], Truck]]:
    """Connect the terminal of a plate."""
    connected: list[Truck] = []

    def connect(plate: str) -> Truck:
        connected.append(Truck(platform.settings.jt808_port, plate))
        return connected[-1]

    yield connect
    for one in connected:
        one.line.close()


@pytest.fixture
def guard(platform: Platform, browser: Browser) -> Iterator[Page]:
    """The officer on duty, who may answer alarms."""
    for guest in visit(platform, browser):
        guest.arrive("duty")
        yield guest.page


def opened(page: Page, path: str = "/map") -> Page:
    """The page once its map stands and hears from the platform."""
    page.goto(path)
    until(page, f"{STANDS} && park.live.status.mode === 'push'")
    return page


def look_at(page: Page, lon: float, lat: float, zoom: float = 16) -> None:
    page.evaluate(
        f"([lon, lat, zoom]) => {{ {VIEW}.map.setView([lat, lon], zoom, {{animate: false}}) }}", [lon, lat, zoom]
    )


def spot(page: Page, lon: float, lat: float) -> dict[str, float]:
    """The place of the window at which a position is drawn."""
    found: dict[str, float] = page.evaluate(
        f"""([lon, lat]) => {{
            const box = document.querySelector('.leaflet-container').getBoundingClientRect();
            const at = {VIEW}.map.latLngToContainerPoint([lat, lon]);
            return {{x: box.x + at.x, y: box.y + at.y}};
        }}""",
        [lon, lat],
    )
    return found


def under(page: Page, lon: float, lat: float) -> Any:
    """What the layer finds at a position of the map."""
    return page.evaluate(
        f"""([lon, lat]) => {{
            const at = {VIEW}.map.latLngToContainerPoint([lat, lon]);
            return ({VIEW}.layer.hit(at.x, at.y, 8) || {{}}).ref || '';
        }}""",
        [lon, lat],
    )


def wait_for_truck(page: Page, plate: str, lon: float, lat: float, milliseconds: int = 15_000) -> None:
    """Until the truck is drawn within 30 m of a position."""
    until(
        page,
        f"""([plate, lon, lat]) => {{
            const at = {VIEW}.layer.whereIs('truck:' + plate);
            return at && Math.hypot((at.lon - lon) * 83500, (at.lat - lat) * 111195) < 30;
        }}""",
        arg=[plate, lon, lat],
        milliseconds=milliseconds,
    )


def tank(page: Page) -> dict[str, Any]:
    """Some tank of the map."""
    found: dict[str, Any] = page.evaluate(f"(({{code, lon, lat}}) => ({{code, lon, lat}}))({VIEW}.definition.tanks[0])")
    return found


def test_a_raw_frame_moves_the_truck_on_the_open_map_within_two_seconds(
    page: Page, truck: Callable[[str], Truck]
) -> None:
    opened(page)
    car = truck(DRIVER)
    look_at(page, LON, LAT)
    car.report(LON, LAT)
    wait_for_truck(page, DRIVER, LON, LAT, 2_000)
    car.report(LON + 0.004, LAT, 50)
    wait_for_truck(page, DRIVER, LON + 0.004, LAT, 2_000)


def test_a_truck_is_painted_where_its_frame_says(page: Page, truck: Callable[[str], Truck]) -> None:
    car = truck(PAINTED)
    opened(page)
    look_at(page, LON, LAT)
    car.report(LON, LAT, 40, 0)
    wait_for_truck(page, PAINTED, LON, LAT)
    page.wait_for_timeout(300)
    colour = page.evaluate(
        f"""([lon, lat]) => {{
            const layer = {VIEW}.layer, at = {VIEW}.map.latLngToContainerPoint([lat, lon]);
            return [...layer.g.getImageData(at.x * layer.ratio, at.y * layer.ratio, 1, 1).data].slice(0, 3);
        }}""",
        [LON, LAT],
    )
    assert colour == VEHICLE_COLOUR, "the dart lies on its position"


def test_a_truck_glides_between_two_fixes_and_then_stands_still(page: Page, truck: Callable[[str], Truck]) -> None:
    car = truck(GLIDING)
    opened(page)
    look_at(page, LON, LAT)
    car.report(LON, LAT, 36, 90, ago=10)
    wait_for_truck(page, GLIDING, LON, LAT)
    car.report(LON + 0.0012, LAT, 36, 90)
    until(page, f"{VIEW}.layer.whereIs('truck:{GLIDING}').lon > {LON + 0.00005}")
    midway = page.evaluate(f"{VIEW}.layer.whereIs('truck:{GLIDING}').lon")
    assert midway < LON + 0.0012, "it is on its way, it does not jump"
    wait_for_truck(page, GLIDING, LON + 0.0012, LAT)


def test_a_click_on_a_truck_opens_its_card(page: Page, truck: Callable[[str], Truck]) -> None:
    car = truck(PICKED)
    opened(page)
    look_at(page, LON + 0.01, LAT + 0.004)
    car.report(LON + 0.01, LAT + 0.004, 33)
    wait_for_truck(page, PICKED, LON + 0.01, LAT + 0.004)
    page.wait_for_timeout(200)
    page.mouse.click(**spot(page, LON + 0.01, LAT + 0.004))
    expect(page.locator("#map-card")).to_contain_text(PICKED)
    expect(page.locator("#map-card")).to_contain_text("33")
    assert "sel=truck" in page.url, "what is selected stands in the address"


def test_a_click_on_a_tank_opens_its_card_and_escape_closes_it(page: Page) -> None:
    opened(page)
    one = tank(page)
    look_at(page, one["lon"], one["lat"], 18)
    page.wait_for_timeout(200)
    page.mouse.click(**spot(page, one["lon"], one["lat"]))
    card = page.locator("#map-card")
    expect(card).to_contain_text(one["code"])
    expect(card.locator("svg.tank")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_the_address_of_a_selected_tank_opens_it_again(page: Page) -> None:
    opened(page)
    code = tank(page)["code"]
    opened(page, f"/map?sel=tank:{code}")
    expect(page.locator("#map-card")).to_contain_text(code)


def test_a_layer_that_is_switched_off_is_neither_seen_nor_hit_and_stays_off(page: Page) -> None:
    opened(page)
    one = tank(page)
    look_at(page, one["lon"], one["lat"], 18)
    page.wait_for_timeout(200)
    assert under(page, one["lon"], one["lat"]) == f"tank:{one['code']}", "the tank can be clicked"
    page.locator("[data-layer=tank] input").uncheck()
    page.wait_for_timeout(200)
    assert "tank:" not in under(page, one["lon"], one["lat"]), "without its layer it cannot"
    page.reload()
    until(page, STANDS)
    expect(page.locator("[data-layer=tank] input")).not_to_be_checked()


def test_the_search_flies_to_a_tank(page: Page) -> None:
    opened(page)
    one = page.evaluate(f"{VIEW}.definition.tanks[40]")
    page.fill("#map-panel input[type=search]", one["code"])
    page.keyboard.press("Enter")
    expect(page.locator("#map-card")).to_contain_text(one["code"])
    until(page, f"{VIEW}.map.getZoom() >= 16")
    until(page, f"([lat, lon]) => {VIEW}.map.getBounds().contains([lat, lon])", arg=[one["lat"], one["lon"]])


def test_the_search_knows_streets_enterprises_and_plates(page: Page) -> None:
    opened(page)
    until(page, f"{VIEW}.layer.places.length > 0")
    found = {
        words: page.evaluate(f"words => park.map.search({VIEW}, words).map(one => one.kind)", words)
        for words in ("柳城大街", "鑫盛化工", DRIVER, "没有这个东西")
    }
    assert "道路" in found["柳城大街"], "a street"
    assert "企业" in found["鑫盛化工"], "an enterprise"
    assert found[DRIVER] == ["车辆"], "one truck by its plate"
    assert found["没有这个东西"] == [], "and nothing where there is nothing"


def test_an_area_can_be_measured_in_chinese_units(page: Page) -> None:
    opened(page)
    page.get_by_title("测面积").click()
    box = page.locator("#map-park .leaflet-container").bounding_box() or {}
    for x, y in ((500, 300), (700, 300), (700, 500)):
        page.mouse.click(box["x"] + x, box["y"] + y)
        page.wait_for_timeout(400)
    expect(page.locator(".map-measure")).to_contain_text("公顷")
    expect(page.locator(".map-measure")).to_contain_text("周长")
    page.keyboard.press("Escape")
    expect(page.locator(".map-measure")).to_have_count(0)


def test_an_enterprise_sees_the_park_but_only_its_own_things(platform: Platform, browser: Browser) -> None:
    for guest in visit(platform, browser):
        guest.page.goto("/enterprise/login")
        guest.page.fill("input[name=username]", "朝阳市鑫盛化工有限公司")
        guest.page.fill("input[name=password]", PASSWORD)
        guest.page.press("input[name=password]", "Enter")
        guest.page.wait_for_url(lambda url: "/login" not in url)
        opened(guest.page)
        definition = guest.page.evaluate(f"{VIEW}.definition")
        assert [one["short"] for one in definition["enterprises"]] == ["鑫盛化工"], "its own grounds"
        assert {one["enterprise_id"] for one in definition["tanks"]} == {definition["enterprises"][0]["id"]}, (
            "its own tanks"
        )


def test_the_base_map_is_not_served_to_strangers(visitor: Visitor) -> None:
    answer = visitor.context.request.get(f"{visitor.platform.url}/map/base/ground.json", max_redirects=0)
    assert answer.status in {302, 401, 403}, "sign in first"


def test_the_list_counts_who_drives_and_a_row_opens_the_card(page: Page, truck: Callable[[str], Truck]) -> None:
    car = truck(PICKED)
    opened(page, "/vehicles")
    car.report(LON, LAT, 45)
    row = page.locator(f".car-row[data-plate='{PICKED}']")
    expect(row).to_contain_text("45 km/h")
    row.click()
    expect(page.locator("#map-card")).to_contain_text(PICKED)
    expect(page.locator("#map-card a[href^='tel:']").first).to_be_visible()
    expect(page.locator("#map-card")).to_contain_text("JT/T 808")
    assert "plate=" in page.url, "the address names the truck"


def test_the_track_of_the_last_hour_is_drawn_with_its_speed(page: Page, truck: Callable[[str], Truck]) -> None:
    car = truck(TRACKED)
    for step in range(12):
        car.report(LON + step * 0.0006, LAT + 0.002, 18, 90, ago=120 - step * 10)
    opened(page, "/vehicles")
    page.locator(f".car-row[data-plate='{TRACKED}']").click()
    page.get_by_title("最近 1 小时的轨迹").click()
    expect(page.locator(".track-summary")).to_contain_text("km")
    expect(page.locator("#vehicles-curve .scatterlayer .trace").first).to_be_attached(timeout=45_000)
    assert page.evaluate(f"{VIEW}.layer.track.mx.length") >= 12, "every position is on the line"


def test_the_map_keeps_a_followed_truck_in_sight_until_it_is_dragged(page: Page, truck: Callable[[str], Truck]) -> None:
    car = truck(FOLLOWED)
    opened(page, "/vehicles")
    car.report(LON, LAT, 40)
    page.locator(f".car-row[data-plate='{FOLLOWED}']").click()
    page.get_by_title("地图始终以这辆车为中心").click()
    expect(page.locator("#map-card")).to_contain_text("跟踪中")
    car.report(LON + 0.02, LAT + 0.01, 40)
    inside = f"([lat, lon]) => {VIEW}.map.getBounds().contains([lat, lon])"
    until(page, inside, arg=[LAT + 0.01, LON + 0.02])
    page.mouse.move(900, 300)
    page.mouse.down()
    page.mouse.move(1000, 380, steps=5)
    page.mouse.up()
    expect(page.locator("#map-card")).not_to_contain_text("跟踪中")


def test_a_card_in_a_low_window_stands_beside_the_tools(page: Page, truck: Callable[[str], Truck]) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    car = truck(PICKED)
    opened(page, "/vehicles")
    car.report(LON, LAT, 45)
    page.locator(f".car-row[data-plate='{PICKED}']").click()
    expect(page.locator("#map-card")).to_contain_text(PICKED)
    card, tools = page.locator("#map-card").bounding_box(), page.locator(".map-buttons").bounding_box()
    assert card and tools
    assert card["x"] + card["width"] <= tools["x"], "nothing lies over the card's way to close it"


def test_a_truck_that_speeds_names_the_limit_of_the_area_and_its_own(page: Page, truck: Callable[[str], Truck]) -> None:
    car = truck(SPEEDING)
    opened(page, "/vehicles")
    for ago in range(40, -1, -10):
        car.report(LON, LAT + 0.004, 72, ago=ago)
    row = page.locator(f".car-row[data-plate='{SPEEDING}']")
    expect(row).to_contain_text("超速 72，限 60")
    row.click()
    expect(page.locator("#map-card")).to_contain_text("所在区域 60 km/h，本车 80 km/h")


def test_a_call_for_help_takes_the_screen_until_somebody_answers(guard: Page, truck: Callable[[str], Truck]) -> None:
    opened(guard, "/vehicles")
    car = truck(HELPLESS)
    car.report(LON + 0.006, LAT, 0, 0, bits=SOS)
    bar = guard.locator("#vehicles-sos")
    expect(bar).to_contain_text(f"SOS {HELPLESS}")
    expect(bar).to_contain_text("地图已锁定")
    expect(guard.locator("#vehicles-help")).to_contain_text(f"{HELPLESS} 最近力量")
    expect(guard.locator("#vehicles-help li").first).to_contain_text(" km")
    until(guard, f"([lat, lon]) => {VIEW}.map.getBounds().contains([lat, lon])", arg=[LAT, LON + 0.006])
    bar.get_by_role("button", name="确认").click()
    expect(bar).to_be_hidden()
    expect(guard.locator("#vehicles-help")).to_be_hidden()
    expect(guard.locator(f".car-row[data-plate='{HELPLESS}']")).to_contain_text("SOS")


def test_on_a_phone_the_list_is_a_sheet_and_targets_are_large(phone: Page) -> None:
    opened(phone, "/vehicles")
    phone.locator("#map-rail-handle").click()
    expect(phone.locator(".car-row").first).to_be_visible()
    sizes = phone.evaluate(
        """() => [...document.querySelectorAll('.car-row, .car-tabs button, .map-buttons button, #map-rail-handle')]
            .map((one) => one.getBoundingClientRect()).filter((box) => box.width).map((box) => Math.min(box.width, box.height))"""
    )
    assert min(sizes) >= 42, "a finger hits every one of them"
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is wider than the phone"
