"""Cameras from a workbook: drop-downs for what is coded, the hosts of the settings only, each office its own, a credential to no other host."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest
from sqlalchemy import select, update

from data import imports
from data.db import session
from data.imports.batches import ask_commit
from data.models import Camera, Department, Enterprise, ImportBatch
from data.settings import Settings, current_settings
from data.viewer import Viewer
from tests.sheets import batch, book, counts, messages, person, upload, work

HEADS = ("编码", "名称", "企业", "所属行政机构", "视频来源", "HLS 地址", "流 ID", "经度", "纬度")


@pytest.fixture
def settings(demo_database: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("PARK_MEDIA_HOSTS", "10.0.0.21,10.0.0.22:8000")
    monkeypatch.setenv("PARK_MEDIA_HLS", "http://10.0.0.5:8080/{app}/{stream}/hls.m3u8")
    current_settings.cache_clear()
    yield current_settings()
    current_settings.cache_clear()


def line(code: str, office: str, url: str = "http://10.0.0.21/live/1.m3u8", firm: str = "", **more: str) -> list[object]:
    given = {"source": "HLS 地址", "stream": "", **more}
    return [code, f"{code} 摄像机", firm, office, given["source"], url, given["stream"], 120.431, 41.421]


def test_cameras_are_imported_changed_and_refused_row_by_row(settings: Settings) -> None:
    with session() as current:
        office, other = current.scalars(select(Department).order_by(Department.id).limit(2)).unique()
        firm = current.scalars(select(Enterprise).order_by(Enterprise.id)).unique().first()
        assert firm is not None
        viewer = person(current, "video-all", "video.view", "video.edit", "enterprise.view")
        content = BytesIO()
        imports.template(current, viewer, imports.sheet_of("camera"), content)
    with zipfile.ZipFile(content) as template:
        sheets = "".join(template.read(name).decode() for name in template.namelist() if name.startswith("xl/") and name.endswith(".xml"))
    assert sheets.count('type="list"') >= 2 and "GB/T 28181 通道" in sheets, "sources and offices are chosen, not typed"
    wrong = [
        line("CAM-901", office.name, firm=firm.name),
        line("CAM-902", office.name, "http://192.168.9.9/1.m3u8"),
        line("CAM-903", ""),
        line("CAM-904", office.name, "", source="GB/T 28181 通道", stream="34020000001320000001_1"),
        line("CAM-905", office.name, source="海康"),
    ]
    found = upload(viewer, book(wrong, HEADS, name="摄像机"), "camera")
    told = messages(found)
    assert set(told) == {"F3", "D4", "E6"} and counts(found) == (2, 0, 0, 3), told
    assert told["F3"] == "192.168.9.9:80 不在允许的流媒体主机中（PARK_MEDIA_HOSTS），请联系系统管理员。"
    assert told["D4"] == "请填写：只有该机构可以修改这台摄像机。"
    found = _commit(viewer, [wrong[0], wrong[3]])
    assert (found.state, counts(found)) == ("committed", (2, 0, 0, 0))
    with session() as current:
        made = {one.code: one for one in current.scalars(select(Camera).where(Camera.code.in_(["CAM-901", "CAM-904"]))).unique()}
        assert (made["CAM-901"].enterprise_id, made["CAM-901"].department_id, made["CAM-904"].source) == (firm.id, office.id, "gb28181")
        current.execute(update(Camera).where(Camera.code == "CAM-901").values(credential="admin:s3cret"))
    # A known code changes the camera; its credential goes to no other host.
    again = [line("CAM-901", office.name, "http://10.0.0.22:8000/live/1.m3u8", firm=firm.name)]
    assert messages(upload(viewer, book(again, HEADS, name="摄像机"), "camera"))["A2"].startswith("这台摄像机设有访问凭据")
    found = _commit(viewer, [line("CAM-901", office.name, "http://10.0.0.21/live/2.m3u8", firm=firm.name)])
    assert counts(found) == (0, 1, 0, 0)
    with session() as current:
        changed = current.scalars(select(Camera).where(Camera.code == "CAM-901")).unique().one()
        assert (changed.stream_url, changed.credential) == ("http://10.0.0.21/live/2.m3u8", "admin:s3cret")
        town = person(current, "video-office", "video.view", "video.edit", "enterprise.view", scope="departments", department_id=other.id)
    foreign = messages(upload(town, book([line("CAM-906", office.name)], HEADS, name="摄像机"), "camera"))
    assert "只能填您所在的机构，移交其他机构请由园区管理人员办理。" in foreign.values()


def _commit(viewer: Viewer, lines: list[list[object]]) -> ImportBatch:
    found = upload(viewer, book(lines, HEADS, name="摄像机"), "camera")
    assert messages(found) == {}
    with session() as current:
        ask_commit(current, viewer, found.id)
    work()
    return batch(found.id)
