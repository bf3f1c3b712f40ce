"""Alarms, duty, walls, points and tanks, and what a gateway sends."""

from __future__ import annotations

from data.choices import Choice

# Levels of an alarm, most urgent first. The numbers stand in the symbols (octagon 1, triangle 2, circle 3, diamond 4).
ALARM_LEVELS = (
    Choice("1", "紧急", "danger"),
    Choice("2", "重要", "warn"),
    Choice("3", "一般", "note"),
    Choice("4", "系统", "stale"),
)

ALARM_STATES = (
    Choice("unacknowledged", "未确认", "danger"),
    Choice("acknowledged", "已确认", "primary"),
    Choice("in_progress", "处置中", "primary"),
    Choice("recovered", "已恢复 未确认", "stale"),
    Choice("closed", "已关闭", "ok"),
)

ALARM_CAUSES = (
    Choice("false_alarm", "误报"),
    Choice("maintenance", "检修"),
    Choice("process", "工艺波动"),
    Choice("real", "真实险情"),
    Choice("drill", "演练"),
)

# Kinds of alarm: a code in the database and on the wire, one word everywhere.
ALARM_KINDS = (
    Choice("high_high", "高高报"),
    Choice("high", "高报"),
    Choice("low", "低报"),
    Choice("low_low", "低低报"),
    Choice("rate", "变化率超限"),
    Choice("flat", "数据平直"),
    Choice("no_data", "数据停更"),
    Choice("gateway_lost", "网关无心跳"),
    Choice("sos", "SOS 人工报警"),
    Choice("overspeed", "超速"),
    Choice("fatigue", "疲劳驾驶"),
    Choice("danger_warning", "危险预警"),
    Choice("gnss_fault", "定位模块故障"),
    Choice("power_lost", "主电源断电"),
    Choice("area", "进出区域"),
    Choice("route", "进出路线"),
    # Found by the platform by where a vehicle is: data.rules.positions.
    Choice("area_enter", "进入区域"),
    Choice("area_leave", "离开区域"),
    Choice("area_stay", "区域停留超时"),
    Choice("off_route", "偏离路线"),
    Choice("section_long", "路段超时"),
    Choice("section_short", "路段时间不足"),
    Choice("key_point", "关键点未到"),
    Choice("long_stop", "超时停车"),
    Choice("night_driving", "凌晨行车"),
    Choice("collision", "碰撞"),
    Choice("rollover", "侧翻"),
    Choice("vehicle_lost", "车辆离线"),
    # Active safety, T/JSATL 12: driving assistance, state of the driver, tyres, blind spots.
    Choice("forward_collision", "前向碰撞预警"),
    Choice("lane_departure", "车道偏离"),
    Choice("too_close", "车距过近"),
    Choice("pedestrian", "行人碰撞预警"),
    Choice("lane_changes", "频繁变道"),
    Choice("road_sign", "道路标识超限"),
    Choice("obstacle", "障碍物预警"),
    Choice("driving_assistance", "驾驶辅助报警"),
    Choice("driver_fatigue", "驾驶员疲劳"),
    Choice("phone_call", "接打电话"),
    Choice("smoking", "抽烟"),
    Choice("distracted", "分神驾驶"),
    Choice("driver_abnormal", "驾驶员异常"),
    Choice("driver_state", "驾驶员状态报警"),
    Choice("tire", "胎压异常"),
    Choice("blind_spot", "盲区预警"),
)

# Where an alarm comes from, as the desk sorts them; ``data.alarm_views`` decides which alarm belongs where.
ALARM_SOURCES = (
    Choice("tank", "储罐与装置"),
    Choice("gas", "气体探测"),
    Choice("vehicle", "危化品车辆"),
    Choice("data", "网关与数据"),
)

# The posts of the duty roster, in the order in which an alarm goes up.
DUTY_TIERS = (Choice("1", "值班员"), Choice("2", "带班领导"), Choice("3", "总值班"))

DUTY_REPORT_KINDS = (Choice("daily", "日报"), Choice("weekly", "周报"))

DUTY_REPORT_STATES = (Choice("draft", "未签发", "primary"), Choice("signed", "已签发", "ok"))

# What a wall may show, by the last word of its address: /screen/<code>.
SCREENS = (Choice("park", "综合态势"), Choice("risk", "风险四色图"), Choice("tanks", "储罐实时监测"), Choice("vehicles", "危化品车辆"), Choice("daily", "每日看板"), Choice("incident", "突发事件"))

# The steps in the life of an alarm, as its story tells them.
ALARM_EVENTS = (
    Choice("raised", "发生"),
    Choice("again", "再次发生"),
    Choice("worse", "升级"),
    Choice("cleared", "恢复"),
    Choice("acknowledged", "确认"),
    Choice("in_progress", "开始处置"),
    Choice("handed_over", "转交"),
    Choice("resolved", "处置完成"),
    Choice("closed", "关闭"),
    Choice("escalated", "超时上报"),
    Choice("suspended", "抑制报警"),
    Choice("unsuspended", "解除抑制"),
)

QUANTITIES = (
    Choice("level", "液位"),
    Choice("temperature", "温度"),
    Choice("pressure", "压力"),
    Choice("combustible", "可燃气"),
    Choice("toxic", "有毒气"),
    Choice("oxygen", "氧气"),
    Choice("wind_speed", "风速"),
    Choice("wind_direction", "风向"),
)

TANK_SHAPES = (
    Choice("vertical", "立式固定顶"),
    Choice("floating", "内浮顶"),
    Choice("sphere", "球罐"),
    Choice("horizontal", "卧罐"),
)

TANK_STATES = (
    Choice("in_service", "在用", "ok"),
    Choice("maintenance", "检修", "stale"),
    Choice("stopped", "停用", "stale"),
)

# How the messages of a gateway are written: data.rules.telemetry_shapes.
GATEWAY_SHAPES = (
    Choice("own", "平台格式"),
    Choice("tb_device", "ThingsBoard 设备"),
    Choice("tb_gateway", "ThingsBoard 网关"),
    Choice("plain", "单值主题"),
    Choice("nested", "指标清单（datas）"),
)

# Why a message was refused; shown to the administrator.
REFUSALS = (
    Choice("bad_json", "JSON 无法解析"),
    Choice("bad_shape", "报文结构不符"),
    Choice("unknown_point", "测点未登记"),
    Choice("wrong_topic", "测点不属于该主题的企业"),
    Choice("unknown_topic", "主题未登记"),
    Choice("out_of_range", "数值超出量程"),
    Choice("not_valid", "网关标明无效"),
    Choice("clock_ahead", "设备时钟超前"),
    Choice("clock_behind", "设备时钟过旧"),
    Choice("bad_frame", "JT/T 808 帧无法解析"),
    Choice("bad_checksum", "校验码错误"),
    Choice("frame_too_long", "帧超长或无分隔符"),
    Choice("unregistered", "终端未登记"),
    Choice("not_supported", "不支持的消息"),
    Choice("bad_auth", "鉴权码错误"),
    Choice("not_stored", "数据库不接受"),
)
