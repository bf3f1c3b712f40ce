"""Vehicles, their terminals, and the areas and routes that they keep to."""

from __future__ import annotations

from data.choices import Choice

# What terminals report besides positions, by message of JT/T 808: 0x0701, 0x0702, 0x0705, 0x0900.
TERMINAL_RECORD_KINDS = (
    Choice("waybill", "电子运单", "primary"),
    Choice("driver", "驾驶员身份", "ok"),
    Choice("can", "CAN 总线数据", "stale"),
    Choice("transparent", "透传数据", "stale"),
)

# Of a driver's card (JT/T 808, message 0x0702): what was done with it, and how it was read.
CARD_STATES = (Choice("1", "插卡上班", "ok"), Choice("2", "拔卡下班", "stale"))

CARD_RESULTS = (
    Choice("0", "读卡成功", "ok"),
    Choice("1", "读卡失败：卡片密钥认证未通过", "danger"),
    Choice("2", "读卡失败：卡片已锁定", "danger"),
    Choice("3", "读卡失败：卡片被拔出", "warn"),
    Choice("4", "读卡失败：数据校验错误", "danger"),
)

# The shapes of areas for vehicles, for whom a rule is, and the days of the week on which it holds.
GEOFENCE_KINDS = (Choice("circle", "圆形"), Choice("rectangle", "矩形"), Choice("polygon", "多边形"))

AUDIENCES = (Choice("all", "全部车辆"), Choice("carriers", "指定运输企业"), Choice("vehicles", "指定车辆"))

WEEKDAYS = (
    Choice("1", "周一"),
    Choice("2", "周二"),
    Choice("3", "周三"),
    Choice("4", "周四"),
    Choice("5", "周五"),
    Choice("6", "周六"),
    Choice("7", "周日"),
)

TERMINAL_STATES = (
    Choice("pending", "待审核", "warn"),
    Choice("approved", "已接入", "ok"),
    Choice("disabled", "停用", "stale"),
)

COMMAND_KINDS = (
    Choice("text", "发送文字"),
    Choice("photo", "拍照"),
    Choice("locate", "点名"),
    Choice("track", "临时跟踪"),
    Choice("confirm", "解除报警"),
    Choice("query", "查询参数"),
    Choice("set", "设置参数"),
    Choice("control", "终端控制"),
    Choice("callback", "电话回拨"),
    Choice("area", "下发区域"),
    Choice("area_delete", "删除区域"),
    Choice("route", "下发线路"),
    Choice("route_delete", "删除线路"),
    Choice("video", "实时视频"),
    Choice("video_stop", "停止视频"),
    Choice("media_search", "检索照片"),
    Choice("media_fetch", "上传照片"),
    Choice("recorder", "采集行驶记录"),
)

COMMAND_STATES = (
    Choice("waiting", "待发送", "warn"),
    Choice("sent", "已发送", "primary"),
    Choice("answered", "已应答", "ok"),
    Choice("refused", "拒绝", "danger"),
    Choice("timed_out", "超时", "stale"),
    Choice("cancelled", "已撤销", ""),
)

# JT/T 808-2013, tables 80 and 81.
MEDIA_TYPES = (Choice("0", "图像"), Choice("1", "音频"), Choice("2", "视频"))

MEDIA_EVENTS = (
    Choice("0", "平台下发"),
    Choice("1", "定时"),
    Choice("2", "抢劫报警"),
    Choice("3", "碰撞、侧翻报警"),
    Choice("4", "车门打开"),
    Choice("5", "车门关闭"),
    Choice("6", "车门由开变关，时速到达 20 km/h"),
    Choice("7", "定距"),
)
