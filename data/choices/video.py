"""Cameras: where their picture comes from, and whether it comes."""

from __future__ import annotations

from data.choices import Choice

CAMERA_SOURCES = (
    Choice("hls", "HLS 地址"),
    Choice("rtsp", "RTSP（经流媒体服务器）"),
    Choice("gb28181", "GB/T 28181 通道"),
    Choice("jt1078", "JT/T 1078 通道"),
)

CAMERA_STATES = (
    Choice("online", "在线", "ok"),
    Choice("stalled", "画面停滞", "warn"),
    Choice("offline", "无信号", "danger"),
    Choice("checking", "正在检测", ""),
    Choice("unset", "未配置视频源", "stale"),
)
