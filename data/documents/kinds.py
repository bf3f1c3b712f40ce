"""The documents that the platform makes, and what each of them says of its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from data.calendar import park_day
from data.choices import word
from data.choices.dangers import SUPERVISION_LEVELS
from data.choices.risks import HAZARD_LEVELS, UNIT_KINDS
from data.columns import label_of
from data.documents import duty_words, incident_words, monthly_report
from data.models import DutyReport, HiddenDanger, Identification, IncidentReport, MonthlyReport, Record
from data.settings import current_settings
from data.viewer import Viewer

NOTHING = "—"
# 安全生产法 (2021) art. 41, 安全生产事故隐患排查治理暂行规定 art. 15: what a plan names; 2.3 of the seed manual asks for the same six.
REQUIREMENTS = (
    "立即采取有效的安全防范措施，整改期间无法保证安全的，应当停产停业或者停止使用相关设施、设备。",
    "制定整改方案并报我单位审核，明确责任领导、整改措施、整改资金、整改责任人、整改期限和应急预案。",
    "按照审核通过的方案组织整改，整改完成后申请验收；确需延期的，应当在期限届满前提出申请。",
)


class Word(NamedTuple):
    """A field of a template: what it is called, and what stands in its place in a sample: text, texts, or a function that makes
    rows, parts and pictures when a sample is wanted."""

    label: str
    sample: str | tuple[str, ...] | Callable[[], Any]


class Occasion(NamedTuple):
    """What a document is made for: a record with the ``values`` that are about to be written into it, by whom, on which day."""

    viewer: Viewer
    record: Any
    values: Mapping[str, Any]
    day: date
    issuer: str
    phone: str
    words: str

    def value(self, name: str) -> Any:
        return self.values[name] if name in self.values else getattr(self.record, name)


@dataclass(frozen=True)
class PaperKind:
    """One kind of document. Its template stands in ``templates/<key>.docx``; ``needed`` fields must be in a park's own one, too."""

    key: str
    name: str
    model: type[Record]
    pattern: str
    fields: Mapping[str, Word]
    needed: tuple[str, ...]
    context: Callable[[Occasion], Mapping[str, Any]]

    @property
    def series(self) -> str:
        """The series of its numbers."""
        return f"paper:{self.key}"


def day_words(day: date | None) -> str:
    """2026年11月24日: days in official documents are written in full in Arabic figures (GB/T 9704-2012, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日" if day else NOTHING


def _words(given: Any) -> str:
    return str(given).strip() if given not in (None, "") else NOTHING


def _common(at: Occasion) -> dict[str, str | Sequence[str]]:
    danger = at.record
    supervisor = danger.supervisor.name if danger.supervisor is not None else at.issuer
    return {
        "issuer": at.issuer,
        "unit": danger.enterprise.name,
        "code": _words(danger.number),
        "danger": danger.name,
        "place": _words(danger.place),
        "level": word(SUPERVISION_LEVELS, danger.supervision or "county"),
        "supervisor": supervisor,
        "date": day_words(at.day),
    }


def _notice(at: Occasion) -> Mapping[str, str | Sequence[str]]:
    danger, criterion = at.record, at.record.criterion
    further = [line.strip() for line in at.words.splitlines() if line.strip()]
    return _common(at) | {
        "found": day_words(danger.found_on),
        "criterion": f"{criterion.edition}第{criterion.number}项：{criterion.name}" if criterion is not None else NOTHING,
        "cause": _words(danger.cause),
        "harm": _words(danger.harm),
        "deadline": day_words(at.value("deadline_on")),
        "requirements": [*REQUIREMENTS, *further],
        "contact": at.viewer.name,
        "phone": _words(at.phone),
    }


def _lifting(at: Occasion) -> Mapping[str, str | Sequence[str]]:
    return _common(at) | {
        "notice": _words(at.value("notice_number")),
        "result": _words(at.value("result")),
        "rectified": day_words(at.value("rectified_on")),
        "acceptor": _words(at.value("acceptor")),
        "accepted": day_words(at.value("accepted_on")),
        "acceptance": _words(at.value("acceptance")),
    }


def _identification(at: Occasion) -> Mapping[str, str | Sequence[str]]:
    one = at.record
    unit, result = one.installation, one.result
    person = one.identified_by.name if one.identified_by is not None else ""
    level = f"{word(HAZARD_LEVELS, one.level)}重大危险源" if one.level else "不构成重大危险源"
    persons = ((unit.main_person, unit.main_phone), (unit.technical_person, unit.technical_phone), (unit.operating_person, unit.operating_phone))
    return {
        "issuer": at.issuer,
        "date": day_words(at.day),
        "unit": one.enterprise.name,
        "code": unit.code,
        "name": one.name,
        "kind": word(UNIT_KINDS, unit.unit_kind),
        "place": _words(unit.address or unit.place),
        "people": f"{one.people:,} 人",
        "alpha": _words(result.get("alpha")),
        "s": _words(result.get("S")),
        "r": _words(result.get("R")),
        "level": level,
        "standard": one.standard,
        "identified": day_words(park_day(one.identified_at)),
        "person": _words(person),
        "persons": "、".join(f"{name}（{phone or NOTHING}）" for name, phone in persons if name) or NOTHING,
        "substances": [f"{share['name']}：设计最大量 q = {share['quantity']} t，临界量 Q = {share['critical']} t，q/Q = {share['ratio']}，β = {share['beta']}" for share in result.get("shares", [])],
        "working": [f"{line['text']}（{line['source']}）" for line in result.get("working", [])],
    }


def _duty_report(at: Occasion) -> Mapping[str, Any]:
    report = at.record
    return {
        "issuer": at.issuer,
        "title": report.title,
        "date": day_words(at.day),
        "sections": duty_words.sections(report.content or []),
        "incidents": _words(report.incidents),
        "orders": _words(report.orders),
        "handover": _words(report.handover),
        "signer": at.viewer.name,
    }


def _field(name: str, sample: str) -> Word:
    return Word(label_of(HiddenDanger, name), sample)


COMMON: Mapping[str, Word] = {
    "number": Word("文号", "应急改〔2026〕1号"),
    "issuer": Word("发文机关", "应急管理局"),
    "date": Word("成文日期", "2026年11月24日"),
    "unit": Word("主送企业", "某某化工有限公司"),
    "code": _field("number", "ZDYH-2026-00001"),
    "danger": _field("name", "甲醇罐区紧急切断阀未投用"),
    "place": _field("place", "甲醇罐区 V-201"),
    "level": _field("supervision", "县级挂牌督办"),
    "supervisor": _field("supervisor_id", "应急管理局"),
}
NOTICE = PaperKind(
    key="major_notice",
    name="重大事故隐患限期整改通知书",
    model=HiddenDanger,
    pattern="应急改〔{year}〕{number}号",
    fields={
        **COMMON,
        "found": _field("found_on", "2026年11月18日"),
        "criterion": _field("criterion_id", "判定标准第5项：罐区未实现紧急切断功能"),
        "cause": _field("cause", "执行机构失效，未及时更换"),
        "harm": _field("harm", "泄漏后不能切断"),
        "deadline": _field("deadline_on", "2026年12月25日"),
        "requirements": Word("整改要求（多条）", REQUIREMENTS),
        "contact": Word("联系人", "王建国"),
        "phone": Word("联系电话", "0421-0000000"),
    },
    needed=("number", "unit", "danger", "deadline"),
    context=_notice,
)
LIFTING = PaperKind(
    key="major_lifting",
    name="解除挂牌督办通知书",
    model=HiddenDanger,
    pattern="应急督解〔{year}〕{number}号",
    fields={
        **COMMON,
        "number": Word("文号", "应急督解〔2026〕1号"),
        "notice": _field("notice_number", "应急改〔2026〕1号"),
        "result": _field("result", "已更换执行机构并完成联锁测试"),
        "rectified": _field("rectified_on", "2026年12月20日"),
        "acceptor": _field("acceptor", "韩宏伟"),
        "accepted": _field("accepted_on", "2026年12月22日"),
        "acceptance": _field("acceptance", "整改到位，同意通过验收"),
    },
    needed=("number", "unit", "danger"),
    context=_lifting,
)
IDENTIFICATION = PaperKind(
    key="hazard_identification",
    name="重大危险源辨识与分级记录",
    model=Identification,
    pattern="危辨〔{year}〕{number}号",
    fields={
        "number": Word("编号", "危辨〔2026〕1号"),
        "issuer": Word("监管机关", "应急管理局"),
        "date": Word("制作日期", "2026年11月24日"),
        "unit": Word("企业名称", "某某化工有限公司"),
        "code": Word("重大危险源编码", "MHI-01"),
        "name": Word("重大危险源名称", "液氨罐区"),
        "kind": Word("单元类型", "储存单元"),
        "place": Word("地址", "化工园区一号路"),
        "people": Word("厂外 500 m 常住人口", "35 人"),
        "alpha": Word("α", "1.2"),
        "s": Word("S", "4"),
        "r": Word("R", "9.6"),
        "level": Word("辨识结果", "四级重大危险源"),
        "standard": Word("依据", "GB 18218-2018"),
        "identified": Word("辨识日期", "2026年11月24日"),
        "person": Word("辨识人", "王建国"),
        "persons": Word("包保责任人", "王建国（13800000000）"),
        "substances": Word("危险化学品（多条）", ("氨：设计最大量 q = 40 t，临界量 Q = 10 t，q/Q = 4，β = 2",)),
        "working": Word("计算过程（多条）", ("S = 4（GB 18218-2018 4.2 式(1)）",)),
    },
    needed=("number", "unit", "name", "level", "working"),
    context=_identification,
)
DUTY_REPORT = PaperKind(
    key="duty_report",
    name="值班报告",
    model=DutyReport,
    pattern="值班〔{year}〕{number}号",
    fields={
        "number": Word("编号", "值班〔2026〕1号"),
        "issuer": Word("单位", "应急管理局"),
        "title": Word("标题", "值班日报 2026-11-24"),
        "date": Word("签发日期", "2026年11月24日"),
        "sections": Word("各部分（表格）：title、rows，每行 label、number、change、note", duty_words.sample),
        "incidents": Word("突发事件及处置", "无"),
        "orders": Word("领导批示和交办事项", "加强夜间巡查"),
        "handover": Word("交接班事项", "视频平台已报修"),
        "signer": Word("签发人", "王建国"),
    },
    needed=("number", "title", "sections", "signer"),
    context=_duty_report,
)


def _sampled(label: str, name: str) -> Word:
    return Word(label, lambda: monthly_report.sample()[name])


MONTHLY_REPORT = PaperKind(
    key="monthly_report",
    name="安全生产月报",
    model=MonthlyReport,
    pattern="月报〔{year}〕{number}号",
    fields={
        "number": Word("编号", "月报〔2026〕11号"),
        "issuer": Word("单位", "应急管理局"),
        "title": Word("标题", "2026年11月安全生产月报"),
        "period": Word("统计时段", "2026-11-01 至 2026-11-30"),
        "as_of": Word("数据截至", "2026-12-01 09:00:00"),
        "maker": Word("生成人", "王建国"),
        "date": Word("生成日期", "2026年12月1日"),
        "summary": _sampled("概况（多段）", "summary"),
        "figures_caption": _sampled("主要指标表题", "figures_caption"),
        "figures": _sampled("主要指标（多行，8 列）", "figures"),
        "reasons": _sampled("“/”的原因（多条）", "reasons"),
        "trends": _sampled("趋势图（多张）", "trends"),
        "months_caption": _sampled("各月表题", "months_caption"),
        "heads": _sampled("各月表头（9 列）", "heads"),
        "months": _sampled("各月数据（多行，9 列）", "months"),
        "parts": _sampled("分属地、行业、级别等（多节）", "parts"),
        "definitions": _sampled("指标口径（多条）", "definitions"),
        "frozen": Word("固定说明", monthly_report.FROZEN),
    },
    needed=("number", "title", "as_of", "figures", "frozen"),
    context=monthly_report.context,
)
INCIDENTS = tuple(
    PaperKind(
        key=key,
        name=name,
        model=IncidentReport,
        pattern=pattern,
        fields={field: Word(*words) for field, words in incident_words.FIELDS.items()} | ({"mark": Word("演练标记", incident_words.DRILL_MARK)} if key == "incident_drill" else {}),
        needed=incident_words.NEEDED_OF_DRILL if key == "incident_drill" else incident_words.NEEDED,
        context=incident_words.context,
    )
    for key, name, pattern in incident_words.PAPERS
)
KINDS: Mapping[str, PaperKind] = {one.key: one for one in (NOTICE, LIFTING, IDENTIFICATION, DUTY_REPORT, MONTHLY_REPORT, *INCIDENTS)}


def issuer_of(record: Any, viewer_department: Any) -> str:
    """The office in whose name a document goes out: that of whoever issues it, else the supervising one, else the park."""
    office = viewer_department or record.supervisor
    return office.name if office is not None else current_settings().park_name
