"""Video as rules: what a playlist says, what of it a browser gets, when a camera is on line, what may be entered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data.rules import hls
from data.rules.camera_watch import Known, Look, judge
from data.rules.video import credential, http_address, stream_address, stream_id, vehicle_stream

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
MEDIA = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:71
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES
#EXT-X-KEY:METHOD=AES-128,URI="key.bin",IV=0x01
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:00.000+08:00
#EXTINF:4.0,
a.m4s
#EXT-X-PART:DURATION=0.3,URI="part.m4s"
#EXTINF:3.9,
b.m4s?x=1
#EXT-X-DATERANGE:ID="ad",X-ASSET-URI="http://192.0.2.9/ad.m3u8"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="next.m4s"
"""
MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="audio.m3u8"
#EXT-X-STREAM-INF:AVERAGE-BANDWIDTH=1,BANDWIDTH=4000000,AUDIO="a"
high.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=500000
low.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="frames.m3u8"
#EXT-X-CONTENT-STEERING:SERVER-URI="http://192.0.2.9/steer"
"""


def test_a_playlist_is_read() -> None:
    found = hls.read(MEDIA)
    assert (found.segments, found.target_s, found.sequence, found.map_uri) == (("a.m4s", "b.m4s?x=1"), 4.0, 71, "init.mp4")
    assert (found.is_ended, found.is_encrypted, found.newest_at) == (False, True, NOON)
    assert found.mark == "73 b.m4s?x=1"
    assert hls.read(MASTER).variants == ("low.m3u8", "high.m3u8")


@pytest.mark.parametrize("text", ["", "<html>", "a.ts\n#EXTM3U"])
def test_what_is_no_playlist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="不是 HLS 播放列表"):
        hls.read(text)


def test_a_browser_gets_names_for_every_address_and_nothing_that_leads_elsewhere() -> None:
    named: list[tuple[str, bool]] = []

    def name(uri: str, is_playlist: bool) -> str:
        named.append((uri, is_playlist))
        return f"n{len(named)}"

    media = hls.rewritten(MEDIA, name)
    assert named == [("key.bin", False), ("init.mp4", False), ("a.m4s", False), ("b.m4s?x=1", False)]
    assert '#EXT-X-MAP:URI="n2"\n' in media
    assert [word for word in ("192.0.2.9", "m4s", "CAN-BLOCK", "PART") if word in media] == []
    named.clear()
    master = hls.rewritten(MASTER, name)
    assert named == [("audio.m3u8", True), ("high.m3u8", True), ("low.m3u8", True)]
    assert [word for word in ("192.0.2.9", "frames", "steer") if word in master] == []


def test_a_camera_is_on_line_when_its_playlist_comes_on_and_says_since_when() -> None:
    first = judge(None, Look("5 a.ts", 2.0), NOON)
    assert (first.state, first.seen_at) == ("checking", None)
    second = judge(first, Look("6 b.ts", 2.0), NOON + timedelta(seconds=20))
    assert (second.state, second.since, second.seen_at) == ("online", NOON + timedelta(seconds=20), NOON + timedelta(seconds=20))
    third = judge(second, Look("7 c.ts", 2.0), NOON + timedelta(seconds=40))
    assert (third.since, third.seen_at) == (second.since, NOON + timedelta(seconds=40))


def test_a_playlist_that_stands_still_is_no_picture() -> None:
    known = Known("online", NOON - timedelta(hours=1), NOON, "9 z.ts")
    assert judge(known, Look("9 z.ts", 6.0), NOON + timedelta(seconds=18)).state == "online"
    stalled = judge(known, Look("9 z.ts", 6.0), NOON + timedelta(seconds=20))
    assert (stalled.state, stalled.reason, stalled.seen_at) == ("stalled", "播放列表不再更新", NOON)
    ended = judge(known, Look("9 z.ts", 6.0, is_ended=True), NOON + timedelta(seconds=1))
    assert (ended.state, ended.reason) == ("stalled", "播放列表已结束，不是直播")


def test_no_signal_since_keeps_its_beginning_and_the_last_picture() -> None:
    known = Known("online", NOON - timedelta(hours=1), NOON, "9 z.ts")
    gone = judge(known, Look(reason="拒绝连接"), NOON + timedelta(seconds=20))
    still = judge(gone, Look(reason="没有应答（超时）"), NOON + timedelta(seconds=40))
    assert (still.state, still.since, still.seen_at, still.reason) == ("offline", NOON + timedelta(seconds=20), NOON, "没有应答（超时）")
    back = judge(still, Look("12 b.ts", 2.0), NOON + timedelta(seconds=60))
    assert (back.state, back.since) == ("online", NOON + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("http://192.0.2.7:8080/live/cam1/hls.m3u8", ""),
        ("https://media.park/a.m3u8?quality=high", ""),
        ("rtsp://192.0.2.7/ch1", "浏览器不能直接播放 rtsp://。"),
        ("file:///etc/passwd", "只能是 http:// 或 https:// 开头的地址。"),
        ("javascript:alert(1)", "只能是 http:// 或 https:// 开头的地址。"),
        ("http://admin:12345@192.0.2.7/a.m3u8", "地址中不要写账号、密码"),
        ("http://192.0.2.7/a.m3u8?access_token=1", "地址中不要写令牌、密码等参数"),
        ("http:///a.m3u8", "不是地址"),
        ("http://192.0.2.7:99999/a.m3u8", "不是地址"),
        ("http://192.0.2.7/a b.m3u8", "不是地址"),
    ],
)
def test_an_address_is_checked_as_it_is_entered(text: str, fault: str) -> None:
    assert http_address(text).startswith(fault)
    assert bool(http_address(text)) is bool(fault)


def test_streams_and_credentials_are_checked() -> None:
    assert [bool(stream_id(one)) for one in ("cam01", "live/cam01", "../x", "a/b/c", "摄像机", "..", "./x")] == [False, False, True, True, True, True, True]
    assert [bool(credential(one)) for one in ("admin:a=b:c", "token=abc&n=1", "abc", ":x", "a\nb:c")] == [False, False, True, True, True]


def test_a_stream_has_its_address_at_the_media_server() -> None:
    template = "http://media:8080/{app}/{stream}/hls.m3u8"
    assert stream_address(template, "gb28181", "34020000001320000001") == "http://media:8080/rtp/34020000001320000001/hls.m3u8"
    assert stream_address(template, "rtsp", "own/cam1") == "http://media:8080/own/cam1/hls.m3u8"
    assert stream_address("", "rtsp", "cam1") == ""
    assert vehicle_stream("jt1078/{sim}_{channel}", "013800138000", 2) == "jt1078/013800138000_2"
