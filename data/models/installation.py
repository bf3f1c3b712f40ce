"""Major hazard installations, their tanks, the points measured on them, and the gateways and cameras that report."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, relationship

from data.choices.monitoring import GATEWAY_SHAPES, QUANTITIES, TANK_SHAPES, TANK_STATES
from data.choices.risks import HAZARD_LEVELS, UNIT_KINDS
from data.choices.video import CAMERA_SOURCES
from data.fields import FileSlot, field
from data.models.base import Record
from data.models.organisation import Department, Enterprise
from data.rules import entries
from data.rules import video as video_rules
from data.rules.schedule import EVERY_DAY, time_of_day, weekdays


class Installation(Record):
    """A major hazard installation (重大危险源): one unit after GB 18218-2018. ``level`` follows from its newest ``Identification``;
    empty before the first and where the unit is none. ``assessment_due_on`` follows from ``assessed_on`` (``data.hazards``)."""

    __tablename__ = "installation"
    __title__ = "重大危险源"
    __found_by__ = ("enterprise",)
    __files__ = (
        FileSlot("filing", "备案材料", most=10),
        FileSlot("assessment", "安全评估报告", most=5),
        FileSlot("other", "其他", most=20),
    )
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    code: Mapped[str] = field("编码", String(30), required=True, unique=True, search=True)
    name: Mapped[str] = field("名称", String(100), required=True, search=True)
    unit_kind: Mapped[str] = field("单元类型", String(20), required=True, choices=UNIT_KINDS, default="storage", server_default="storage")
    place: Mapped[str | None] = field("所在装置、罐区", String(200), search=True)
    commissioned_on: Mapped[date | None] = field("投用日期")
    level: Mapped[int | None] = field("级别", choices=HAZARD_LEVELS, help="由最近一次辨识得出")
    identified_on: Mapped[date | None] = field("最近辨识")
    exposed_people: Mapped[int | None] = field("厂外 500 m 常住人口", unit="人", help="厂区边界外 500 m 范围内，GB 18218-2018 表5", check=entries.not_negative)
    nearest_target: Mapped[str | None] = field("最近防护目标", String(100))
    nearest_target_m: Mapped[float | None] = field("与防护目标距离", unit="m", check=entries.not_negative)
    is_key_process: Mapped[bool] = field("涉及重点监管工艺", required=True, default=False, server_default="false")
    is_key_chemical: Mapped[bool] = field("涉及重点监管化学品", required=True, default=False, server_default="false")
    main_person: Mapped[str | None] = field("主要负责人", String(40), search=True, help="包保责任人：对本重大危险源安全总负责")
    main_phone: Mapped[str | None] = field("主要负责人电话", String(30), kind="phone")
    technical_person: Mapped[str | None] = field("技术负责人", String(40), search=True)
    technical_phone: Mapped[str | None] = field("技术负责人电话", String(30), kind="phone")
    operating_person: Mapped[str | None] = field("操作负责人", String(40), search=True)
    operating_phone: Mapped[str | None] = field("操作负责人电话", String(30), kind="phone")
    has_dcs: Mapped[bool] = field("DCS", required=True, default=False, server_default="false")
    has_sis: Mapped[bool] = field("SIS", required=True, default=False, server_default="false")
    has_gds: Mapped[bool] = field("GDS", required=True, default=False, server_default="false")
    has_video: Mapped[bool] = field("视频监控", required=True, default=False, server_default="false")
    filing_number: Mapped[str | None] = field("备案编号", String(60), search=True)
    filed_on: Mapped[date | None] = field("备案日期")
    filing_expires_on: Mapped[date | None] = field("备案有效期至")
    assessed_on: Mapped[date | None] = field("安全评估日期")
    assessment_due_on: Mapped[date | None] = field("下次安全评估", help="评估日期起三年内（周期待核实）")
    address: Mapped[str | None] = field("地址", String(200))
    lon: Mapped[float] = field("经度", required=True, unit="°", kind="place", check=entries.longitude)
    lat: Mapped[float] = field("纬度", required=True, unit="°", check=entries.latitude)
    remark: Mapped[str | None] = field("备注", Text, kind="long")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)


class Tank(Record):
    __tablename__ = "tank"
    __title__ = "储罐"
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    installation_id: Mapped[int] = field("重大危险源", ForeignKey("installation.id"), required=True, index=True)
    code: Mapped[str] = field(
        "罐号", String(30), required=True, search=True, help="同一园区内唯一，如 V-101", unique=True
    )
    name: Mapped[str] = field("名称", String(100), required=True, search=True)
    shape: Mapped[str] = field("罐型", String(20), required=True, choices=TANK_SHAPES)
    medium: Mapped[str] = field("介质", String(60), required=True, search=True)
    cas: Mapped[str | None] = field("CAS 号", String(20))
    volume_m3: Mapped[float] = field("公称容积", required=True, unit="m³")
    height_m: Mapped[float] = field("罐高", required=True, unit="m", help="液位换算百分比的分母；球罐、卧罐为内径")
    diameter_m: Mapped[float] = field("直径", required=True, unit="m")
    density: Mapped[float | None] = field("密度", unit="t/m³")
    state: Mapped[str] = field("状态", String(20), required=True, choices=TANK_STATES, default="in_service")
    maintenance_until: Mapped[datetime | None] = field("检修至")
    lon: Mapped[float] = field("经度", required=True, unit="°")
    lat: Mapped[float] = field("纬度", required=True, unit="°")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    installation: Mapped[Installation] = relationship(lazy="joined", innerjoin=True)


class Gateway(Record):
    """A data gateway of an enterprise; its broker user may publish below park/<park>/<enterprise>/<code>/ and to its own topics only."""

    __tablename__ = "gateway"
    __title__ = "采集网关"
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    code: Mapped[str] = field("编码", String(30), required=True, unique=True, search=True)
    name: Mapped[str] = field("名称", String(100), required=True, search=True)
    shape: Mapped[str] = field(
        "报文格式", String(20), required=True, choices=GATEWAY_SHAPES, default="own", server_default="own"
    )
    topic: Mapped[str | None] = field("数据主题", String(200), help="空：平台约定的主题；可含通配符 + 和 #")
    status_topic: Mapped[str | None] = field("状态主题", String(200), help="空：平台约定的主题；遗嘱消息发到这里")
    username: Mapped[str | None] = field("MQTT 用户", String(60), unique=True)
    password_hash: Mapped[str | None] = field("MQTT 口令", String(200), secret=True)

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)


class Point(Record):
    """A measured point. Limits are in the point's own unit; a limit that is not set does not alarm."""

    __tablename__ = "point"
    __title__ = "测点"
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    installation_id: Mapped[int] = field("重大危险源", ForeignKey("installation.id"), required=True, index=True)
    tank_id: Mapped[int | None] = field("储罐", ForeignKey("tank.id"), index=True)
    gateway_id: Mapped[int | None] = field("网关", ForeignKey("gateway.id"))
    code: Mapped[str] = field("测点编码", String(60), required=True, unique=True, search=True, help="上报报文中的 code")
    key_path: Mapped[str | None] = field(
        "报文中的键", String(200), search=True, help="网关报文中该值的键，如 tank.level、设备名/键、指标编码；空：与测点编码相同"
    )
    name: Mapped[str] = field("测点名称", String(100), required=True, search=True)
    quantity: Mapped[str] = field("监测量", String(20), required=True, choices=QUANTITIES)
    unit: Mapped[str] = field("单位", String(20), required=True)
    decimals: Mapped[int] = field("小数位", required=True, default=2)
    range_low: Mapped[float] = field("量程下限", required=True)
    range_high: Mapped[float] = field("量程上限", required=True)
    low_low: Mapped[float | None] = field("低低限")
    low: Mapped[float | None] = field("低限")
    high: Mapped[float | None] = field("高限")
    high_high: Mapped[float | None] = field("高高限")
    dead_band: Mapped[float] = field("死区", required=True, default=0.0, help="回到限值以内超过死区才恢复")
    min_duration_s: Mapped[int] = field("最短持续", required=True, default=0, unit="秒", help="越限持续这么久才报警")
    rate_limit: Mapped[float | None] = field("变化率限", check=entries.positive, help="每分钟升降不超过，按测点单位；空：不判")
    flat_minutes: Mapped[int | None] = field("平直时长", unit="分钟", check=entries.positive, help="数值持续不变这么久即报警；空：不判")
    alarm_days: Mapped[str] = field("报警日", String(7), required=True, default=EVERY_DAY, server_default=EVERY_DAY, check=weekdays, help="只在这些日子报警")
    alarm_begins_at: Mapped[str | None] = field("报警时段起", String(5), check=time_of_day, help="如 08:00；不填即全天")
    alarm_ends_at: Mapped[str | None] = field("报警时段止", String(5), check=time_of_day, help="早于开始时间即到次日")
    period_s: Mapped[int] = field("上报周期", required=True, default=10, unit="秒", help="超过三个周期没有数据即停更")
    scale: Mapped[float] = field("系数", required=True, default=1.0, help="数值 = 上报值 × 系数 + 零点")
    offset: Mapped[float] = field("零点", required=True, default=0.0)
    lon: Mapped[float | None] = field("经度", unit="°")
    lat: Mapped[float | None] = field("纬度", unit="°")
    is_simulated: Mapped[bool] = field("模拟数据", required=True, default=False, server_default="false")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    installation: Mapped[Installation] = relationship(lazy="joined", innerjoin=True)
    tank: Mapped[Tank | None] = relationship(lazy="joined")
    gateway: Mapped[Gateway | None] = relationship(lazy="select")


class Camera(Record):
    """A camera. What opens its stream is in ``credential`` and goes to the media server only (``data.video``)."""

    __tablename__ = "camera"
    __title__ = "摄像机"
    __owned_by__ = "department_id"
    enterprise_id: Mapped[int | None] = field("企业", ForeignKey("enterprise.id"), index=True, help="空：园区公共")
    department_id: Mapped[int | None] = field("所属行政机构", ForeignKey("department.id"), help="只有本机构可以修改")
    code: Mapped[str] = field("编码", String(30), required=True, unique=True, search=True)
    name: Mapped[str] = field("名称", String(100), required=True, search=True)
    source: Mapped[str] = field("视频来源", String(10), required=True, choices=CAMERA_SOURCES, default="hls", server_default="hls")
    stream_url: Mapped[str | None] = field("HLS 地址", String(300), check=video_rules.http_address, help="http(s)://…m3u8；视频来源为“HLS 地址”时使用")
    stream: Mapped[str | None] = field("流 ID", String(170), check=video_rules.stream_id, help="流媒体服务器中的流，如 cam01 或 live/cam01；视频来源为 RTSP、GB/T 28181、JT/T 1078 时使用")
    snapshot_url: Mapped[str | None] = field("抓拍地址", String(300), check=video_rules.http_address, help="直接给出一张 JPG 或 PNG 的地址，没有可不填")
    credential: Mapped[str | None] = field("访问凭据", String(300), secret=True, check=video_rules.credential)
    lon: Mapped[float] = field("经度", required=True, unit="°", kind="place", check=entries.longitude)
    lat: Mapped[float] = field("纬度", required=True, unit="°", check=entries.latitude)

    enterprise: Mapped[Enterprise | None] = relationship(lazy="joined")
    department: Mapped[Department | None] = relationship(lazy="joined")
