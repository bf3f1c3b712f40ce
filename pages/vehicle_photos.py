"""照片墙: the newest pictures of all vehicles side by side, each with whose it is, when, where and why it was taken."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.blocks.basic import panel
from dashboard.blocks.state import empty, too_narrow
from dashboard.blocks.tables import Condition, pager, search_row
from dashboard.moments import moment_words
from dashboard.site import Page
from data.choices import Choice, word
from data.choices.vehicles import MEDIA_EVENTS
from data.db import read_session
from data.models import Attachment, VehicleMedia
from data.vehicle_commands import PictureWish, newest_pictures
from data.viewer import Viewer

PATH = "/vehicles/photos"
SIZE = 48
DAYS = (Choice("1", "近 1 天"), Choice("7", "近 7 天"), Choice("30", "近 30 天"))
START, MOUNTED = "vehicle-photos-start", "vehicle-photos-mounted"


def layout(viewer: Viewer, q: str = "", event: str = "", days: str = "", page: str = "") -> Component:
    """The wall in the state that its address names; page 1 is renewed when a new picture comes."""
    now = datetime.now(UTC)
    query = {"q": q.strip()[:60], "event": event if event in {one.code for one in MEDIA_EVENTS} else "", "days": days if days in {one.code for one in DAYS} else ""}
    wish = PictureWish(query["q"], query["event"], int(query["days"] or 0))
    with read_session() as session:
        found = newest_pictures(session, viewer, wish, now, int(page) if page.isdecimal() and 0 < len(page) < 7 else 1, SIZE)
        cards = [_card(media, file, now) for media, file in found.found]
    conditions = [Condition("q", "车辆", "车牌号、运输企业"), Condition("event", "触发事件", choices=MEDIA_EVENTS), Condition("days", "拍摄时间", choices=DAYS)]
    chosen = "，".join(words for words in (query["q"], word(MEDIA_EVENTS, query["event"]) if query["event"] else "", word(DAYS, query["days"]) if query["days"] else "") if words)
    nothing = too_narrow(chosen, PATH) if chosen else empty("还没有照片", "车辆上传的照片显示在这里；在车辆监控中可以下发拍照指令。")
    body = [html.Div(cards, className="photo-wall"), pager(PATH, query, total=found.total, number=found.number, size=SIZE)] if cards else nothing
    note = "新照片到达时自动更新" if found.number == 1 else ""
    stores = [dcc.Store(id=START, data={"isFirst": found.number == 1}), dcc.Store(id=MOUNTED)]
    return html.Div([*stores, search_row(PATH, conditions, query), panel("照片墙", body, note=note, actions=dcc.Link("列表", href="/vehicles/pictures", className="button"))], id="vehicle-photos")


def _card(media: VehicleMedia, file: Attachment, now: datetime) -> Component:
    when = moment_words(media.taken_at, now, seconds=True)
    what = f"通道 {media.channel} · {word(MEDIA_EVENTS, media.event)}" + (f" · {media.speed_kmh:.0f} km/h" if media.speed_kmh is not None else "")
    words = [html.Div([html.B(media.vehicle.plate), html.Time(when)], className="photo-line"), html.Div(media.enterprise.short_name, className="photo-small"), html.Div(what, className="photo-small")]
    image = html.Img(src=f"/attachments/{file.id}?thumb=1", alt=f"{media.vehicle.plate} {when}")
    return dcc.Link([image, html.Div(words, className="photo-words")], href=f"/vehicles/pictures?open={media.id}", className="photo-card", title="查看原图、位置与触发事件")


def register(app: Dash) -> None:
    """Renew the wall when a picture has come."""
    app.clientside_callback(ClientsideFunction("park_pages", "vehicle_photos"), Output(MOUNTED, "data"), Input(START, "data"))


PAGES = [Page(PATH, "照片墙", layout, "vehicle.view", module="危化品车辆", icon="grid-3x3-gap", short="照片墙", register=register)]
