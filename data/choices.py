"""The words of every coded value, once, for screens, messages, exports and tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Choice(NamedTuple):
    code: str
    word: str
    tone: str = ""  # "", ok, warn, danger, stale, primary: which family of the theme paints it


def word(choices: Sequence[Choice], code: object) -> str:
    """The Chinese word of ``code``, or the code itself when nobody declared it."""
    return next((choice.word for choice in choices if choice.code == str(code)), str(code))


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

# The posts of the duty roster, in the order in which an alarm goes up.
DUTY_TIERS = (Choice("1", "值班员"), Choice("2", "带班领导"), Choice("3", "总值班"))

DUTY_REPORT_KINDS = (Choice("daily", "日报"), Choice("weekly", "周报"))
DUTY_REPORT_STATES = (Choice("draft", "未签发", "primary"), Choice("signed", "已签发", "ok"))

# What a wall may show, by the last word of its address: /screen/<code>.
SCREENS = (Choice("park", "综合态势"), Choice("risk", "风险四色图"), Choice("tanks", "储罐实时监测"), Choice("vehicles", "危化品车辆"))

# The steps in the life of an alarm, as its story tells them.
ALARM_EVENTS = (
    Choice("raised", "发生"),
    Choice("again", "再次发生"),
    Choice("worse", "升级"),
    Choice("cleared", "恢复"),
    Choice("acknowledged", "确认"),
    Choice("in_progress", "开始处置"),
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

HAZARD_LEVELS = (Choice("1", "一级"), Choice("2", "二级"), Choice("3", "三级"), Choice("4", "四级"))

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

# GB 18218-2018 3.5, 3.6: what one installation is.
UNIT_KINDS = (Choice("storage", "储存单元"), Choice("production", "生产单元"))

# 生产安全事故应急预案管理办法 (令第88号, amended by 应急管理部令第2号).
PLAN_KINDS = (Choice("comprehensive", "综合应急预案"), Choice("special", "专项应急预案"), Choice("onsite", "现场处置方案"))
PLAN_STATES = (Choice("current", "现行", "ok"), Choice("superseded", "已废止", "stale"))
DRILL_WAYS = (Choice("table", "桌面推演"), Choice("field", "实战演练", "primary"))

# What of a major hazard installation runs out or falls due: data.hazard_dues.
HAZARD_DUES = (
    Choice("filing", "备案到期"),
    Choice("assessment", "安全评估"),
    Choice("plan_filing", "预案备案"),
    Choice("plan_review", "预案评估"),
    Choice("drill", "应急演练"),
)

TERMINAL_STATES = (
    Choice("pending", "待审核", "warn"),
    Choice("approved", "已接入", "ok"),
    Choice("disabled", "停用", "stale"),
)

# How the messages of a gateway are written: data.rules.telemetry_shapes.
GATEWAY_SHAPES = (
    Choice("own", "平台格式"),
    Choice("tb_device", "ThingsBoard 设备"),
    Choice("tb_gateway", "ThingsBoard 网关"),
    Choice("plain", "单值主题"),
    Choice("nested", "指标清单（datas）"),
)

ENTERPRISE_SCALES = (
    Choice("large", "大型"),
    Choice("medium", "中型"),
    Choice("small", "小型"),
    Choice("micro", "微型"),
)

ENTERPRISE_STATES = (
    Choice("running", "正常", "ok"),
    Choice("stopped", "停产", "stale"),
    Choice("ordered_stop", "停业整顿", "danger"),
)

ENTERPRISE_GRADES = (Choice("A", "A"), Choice("B", "B"), Choice("C", "C"), Choice("D", "D"))

# Whether the authority has confirmed what stands in the file of an enterprise.
CONFIRM_STATES = (
    Choice("pending", "待确认", "primary"),
    Choice("confirmed", "已确认", "ok"),
    Choice("returned", "已退回", "warn"),
)

# Whether the file is complete by the rules for its type when it is confirmed.
STANDARD_STATES = (
    Choice("unrated", "未评定", "stale"),
    Choice("met", "已达标", "ok"),
    Choice("unmet", "未达标", "warn"),
)

# What became of what an enterprise wants changed in its file.
CHANGE_STATES = (
    Choice("pending", "待确认", "primary"),
    Choice("confirmed", "已确认", "ok"),
    Choice("returned", "已退回", "warn"),
    Choice("withdrawn", "已撤回", "stale"),
)

CHEMICAL_USES = (
    Choice("raw_material", "原料"),
    Choice("product", "产品"),
    Choice("intermediate", "中间体"),
    Choice("auxiliary", "辅料"),
)

EXPOSURE_RESULTS = (Choice("within", "合格", "ok"), Choice("over", "超标", "danger"))

RESCUE_EQUIPMENT_STATES = (
    Choice("ready", "完好", "ok"),
    Choice("repair", "维修", "warn"),
    Choice("scrapped", "报废", "stale"),
)

SUPPORT_KINDS = (
    Choice("transport", "运输保障"),
    Choice("medical", "医疗保障"),
    Choice("communication", "通信保障"),
    Choice("technical", "技术支持"),
)

DIVISION_LEVELS = (
    Choice("province", "省"),
    Choice("city", "市"),
    Choice("county", "县区"),
    Choice("town", "乡镇街道"),
    Choice("village", "村社区"),
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

LOGIN_RESULTS = (
    Choice("ok", "成功", "ok"),
    Choice("wrong", "用户名或密码错误", "danger"),
    Choice("locked", "账号锁定", "danger"),
    Choice("disabled", "账号停用", "stale"),
    Choice("wrong_door", "入口不符", "warn"),
    Choice("logout", "退出", ""),
    Choice("enter", "进入企业端", "warn"),
    Choice("leave", "返回管理端", ""),
)

AUDIT_VERBS = (
    Choice("create", "新增"),
    Choice("update", "修改"),
    Choice("delete", "删除"),
    Choice("restore", "恢复"),
    Choice("acknowledge", "确认报警"),
    Choice("handle", "处置报警"),
    Choice("resolve", "关闭报警"),
    Choice("suspend", "抑制报警"),
    Choice("end", "解除抑制"),
    Choice("attach", "上传附件"),
    Choice("detach", "删除附件"),
    Choice("password", "修改密码"),
    Choice("approve", "审核通过"),
    Choice("submit", "提交变更"),
    Choice("withdraw", "撤回变更"),
    Choice("confirm", "确认"),
    Choice("return", "退回"),
    Choice("move", "调整属地"),
    Choice("retype", "调整类型"),
    Choice("supervise", "设置主管部门"),
    Choice("publish", "发布"),
    Choice("recall", "撤回通知"),
    Choice("export", "导出"),
    Choice("import", "导入"),
    Choice("undo", "撤销导入"),
    Choice("token", "签发令牌"),
    Choice("revoke", "停用令牌"),
    Choice("step", "流程办理"),
    Choice("command", "下发指令"),
    Choice("cancel", "撤销指令"),
    Choice("enter", "进入企业端"),
    Choice("leave", "返回管理端"),
)

TASK_STATES = (
    Choice("waiting", "排队中", "primary"),
    Choice("running", "进行中", "primary"),
    Choice("done", "已完成", "ok"),
    Choice("failed", "失败", "danger"),
    Choice("cancelled", "已取消", "stale"),
)

# An uploaded workbook, and what becomes of each of its rows.
BATCH_STATES = (
    Choice("checking", "检查中", "primary"),
    Choice("checked", "待导入", "primary"),
    Choice("committed", "已导入", "ok"),
    Choice("undone", "已撤销", "stale"),
    Choice("failed", "未检查完", "danger"),
)

ROW_OUTCOMES = (
    Choice("new", "新增", "ok"),
    Choice("changed", "更新", "primary"),
    Choice("same", "不变", "stale"),
    Choice("refused", "拒绝", "danger"),
)

SCOPES = (
    Choice("all", "全部"),
    Choice("departments", "本部门监管企业"),
    Choice("divisions", "本属地及下级"),
    Choice("own_organisation", "本单位"),
    Choice("own_enterprise", "本企业"),
    Choice("own", "本人"),
)

# What kind of step was taken in a workflow.
STEP_KINDS = (
    Choice("start", "提交", "primary"),
    Choice("pass", "通过", "ok"),
    Choice("branch", "转入", "primary"),
    Choice("return", "退回", "warn"),
    Choice("note", "填报"),
    Choice("skip", "自动跳过", "stale"),
    Choice("withdraw", "撤回", "stale"),
    Choice("transfer", "转办"),
    Choice("ask", "发起会签"),
    Choice("sign", "会签"),
    Choice("copy", "抄送"),
    Choice("urge", "催办", "warn"),
)

# Whether a step wants the opinion of others before it is left.
COUNTERSIGNS = (Choice("none", "不要求"), Choice("any", "任一人同意"), Choice("all", "全部同意"))
SIGN_ANSWERS = (Choice("agree", "同意", "ok"), Choice("refuse", "不同意", "danger"))

# Hidden dangers (隐患). The codes of HIDDEN_STATES are the nodes of their two workflows.
HIDDEN_LEVELS = (Choice("general", "一般"), Choice("major", "重大", "danger"))

HIDDEN_SOURCES = (
    Choice("self", "企业自查自报"),
    Choice("inspection", "监督检查"),
    Choice("enforcement", "行政执法检查"),
    Choice("town", "乡镇街道检查"),
    Choice("report", "举报"),
    Choice("expert", "专家检查"),
    Choice("superior", "上级督查"),
    Choice("patrol", "巡检"),
)

HIDDEN_KINDS = (
    Choice("safety", "安全"),
    Choice("process", "工艺"),
    Choice("electrical", "电气"),
    Choice("instrument", "仪表"),
    Choice("fire", "消防"),
    Choice("layout", "总图"),
    Choice("equipment", "设备"),
    Choice("other", "其他"),
)

HIDDEN_TREATMENTS = (Choice("at_once", "即查即改"), Choice("by_deadline", "限期整改"))

HIDDEN_STATES = (
    Choice("draft", "草稿", "stale"),
    # 一般隐患
    Choice("rectify", "整改中", "primary"),
    Choice("check", "待复查", "primary"),
    Choice("rectified", "已整改", "ok"),
    # 重大隐患
    Choice("report", "待补正", "warn"),
    Choice("review", "待审核", "primary"),
    Choice("city", "待市级挂牌", "primary"),
    Choice("notice", "待下达通知", "primary"),
    Choice("plan", "待制定方案", "warn"),
    Choice("plan_review", "方案审核", "primary"),
    Choice("carry_out", "整改实施", "primary"),
    Choice("extension", "延期审批", "warn"),
    Choice("acceptance", "待验收", "primary"),
    Choice("lifting", "待销号", "primary"),
    Choice("lifted", "已销号", "ok"),
    Choice("downgraded", "已降级为一般隐患", "stale"),
)

SUPERVISION_LEVELS = (Choice("county", "县级挂牌督办", "danger"), Choice("city", "市级挂牌督办", "danger"))

# 隐患自查自报: how often an enterprise reports, and what became of one period.
REPORT_CYCLES = (Choice("month", "月报"), Choice("quarter", "季报"), Choice("half", "半年报"), Choice("year", "年报"))
REPORT_STATES = (
    Choice("open", "待上报", "primary"),
    Choice("submitted", "已上报", "ok"),
    Choice("late", "逾期上报", "warn"),
    Choice("missed", "未上报", "danger"),
    Choice("suspended", "暂不上报", "stale"),
)

STANDARD_STATES_OWN = (
    Choice("draft", "草稿", "stale"),
    Choice("review", "待审核", "primary"),
    Choice("approved", "已通过", "ok"),
)

NOTICE_STATES = (Choice("draft", "草稿", "stale"), Choice("sent", "已发布", "ok"), Choice("recalled", "已撤回", "stale"))
MESSAGE_KINDS = (
    Choice("due", "到期提醒", "warn"),
    Choice("overdue", "超期提醒", "danger"),
    Choice("urge", "催办", "warn"),
    Choice("notice", "通知", "primary"),
    Choice("alarm", "报警上报", "danger"),
)
DELIVERY_CHANNELS = (Choice("email", "邮件"), Choice("webhook", "群机器人"))
DELIVERY_STATES = (Choice("waiting", "待发送", "primary"), Choice("sent", "已发送", "ok"), Choice("failed", "发送失败", "danger"))

# Graded risk control (风险分级管控). Levels are the four colours; they are not those of hidden dangers or alarms.
RISK_LEVELS = (Choice("1", "重大", "risk-1"), Choice("2", "较大", "risk-2"), Choice("3", "一般", "risk-3"), Choice("4", "低", "risk-4"))
RISK_METHODS = (Choice("LS", "LS 风险矩阵"), Choice("LEC", "LEC 作业条件危险性"))
RISK_FACTORS = (Choice("L", "可能性 L"), Choice("E", "暴露频率 E"), Choice("S", "严重性 S"), Choice("C", "后果 C"))
RISK_CATEGORIES = (Choice("equipment", "设备设施"), Choice("area", "区域场所"), Choice("activity", "作业活动"))
RISK_STATES = (Choice("draft", "编制中", "stale"), Choice("review", "待审核", "primary"), Choice("accepted", "已通过", "ok"))
MEASURE_KINDS = (Choice("engineering", "工程技术"), Choice("management", "管理措施"), Choice("training", "培训教育"), Choice("ppe", "个体防护"), Choice("emergency", "应急处置"))
# 管控措施分类 of the report format: the first digit is its first level (工程技术, 维护保养, 操作行为, 应急措施).
MEASURE_CATEGORIES = (
    Choice("1-1", "工艺控制"),
    Choice("1-2", "关键设备、部件"),
    Choice("1-3", "安全附件"),
    Choice("1-4", "安全仪表"),
    Choice("2-1", "动设备"),
    Choice("2-2", "静设备"),
    Choice("3-1", "人员资质"),
    Choice("3-2", "操作记录"),
    Choice("3-3", "交接班"),
    Choice("4-1", "应急设施"),
    Choice("4-2", "个体防护"),
    Choice("4-3", "消防设施"),
    Choice("4-4", "应急预案"),
)
MEASURE_WAYS = (Choice("auto", "自动化监控", "primary"), Choice("manual", "人工巡检"))
CYCLE_UNITS = (Choice("hour", "小时"), Choice("day", "天"), Choice("week", "周"), Choice("month", "月"), Choice("year", "年"))
INSPECTION_STATES = (Choice("open", "待巡检", "primary"), Choice("done", "已巡检", "ok"), Choice("missed", "漏检", "danger"), Choice("cancelled", "已取消", "stale"))
INSPECTION_RESULTS = (Choice("normal", "正常", "ok"), Choice("danger", "发现隐患", "danger"), Choice("unused", "停用未查", "stale"))
# What a rule of the four-colour map does to its zone.
RISK_EFFECTS = (
    Choice("own", "取事件等级"),
    Choice("to_1", "升至重大（红）"),
    Choice("to_2", "升至较大（橙）"),
    Choice("to_3", "升至一般（黄）"),
    Choice("by_1", "在事件等级上升一级"),
    Choice("by_2", "在事件等级上升两级"),
    Choice("by_3", "在事件等级上升三级"),
    Choice("none", "不影响"),
)
