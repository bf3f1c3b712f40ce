"""Documents of the supervision of major dangers: numbers without a gap, every field right, templates of the park's own."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from docx import Document
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.attachments import attach, attachments_of, path_of
from data.documents.kinds import KINDS, LIFTING, NOTICE
from data.documents.making import (
    EDIT,
    check_template,
    fault_of_pattern,
    make_paper,
    next_number,
    papers_of,
    row_of,
    use_shipped,
    written,
)
from data.documents.rendering import fault_of, sample, shipped
from data.errors import Conflict, Forbidden, Invalid
from data.models import Attachment, HiddenDanger, MajorCriterion, Paper, PaperTemplate, WorkflowCase
from data.save import update
from data.viewer import Viewer
from data.workflow import steps
from data.workflows.major_danger import MAJOR_DANGER
from tests.data.workflow.conftest import MAKER, NOW, photo

Who = Callable[[str], Viewer]


def words_of(content: bytes) -> list[str]:
    """All paragraphs of the document, those of its tables after the others as 标签：内容."""
    document = Document(io.BytesIO(content))
    rows = [f"{row.cells[0].text}：{row.cells[1].text}" for table in document.tables for row in table.rows]
    return [one.text for one in document.paragraphs if one.text] + rows


def read(session: Session, paper: Paper) -> list[str]:
    return words_of(path_of(session.get_one(Attachment, paper.attachment_id)).read_bytes())


def word_file(*lines: str) -> io.BytesIO:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    written_to = io.BytesIO()
    document.save(written_to)
    return io.BytesIO(written_to.getvalue())


@pytest.fixture
def case(current: Session, who: Who, danger: HiddenDanger) -> WorkflowCase:
    """The danger, reported and put under supervision: it waits for its notice."""
    update(current, danger, MAKER, {"number": "ZDYH-2026-90001", "place": "甲醇罐区 V-201"})
    criterion = current.scalars(select(MajorCriterion).where(MajorCriterion.number == 5)).first()
    assert criterion is not None
    told = {"criterion_id": criterion.id, "cause": "执行机构失效 <二级> & 未更换", "harm": "泄漏后不能切断", "difficulty": "需停产"}
    found = steps.begin(current, who("own"), MAJOR_DANGER, danger, "submit", now=NOW, values=told)
    return steps.act(current, who("dept"), found, "county", version=found.version, now=NOW, values={"supervisor_id": who("dept").department_id})


def issue(session: Session, who: Who, case: WorkflowCase, opinion: str = "") -> WorkflowCase:
    return steps.act(session, who("dept"), case, "issue", version=case.version, now=NOW, values={"deadline_on": date(2026, 12, 25)}, opinion=opinion)


def test_the_notice_says_all_of_the_danger_and_hangs_on_it(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    issue(current, who, case, "整改期间每周报送一次进展")
    assert (danger.notice_number, danger.noticed_on) == ("应急改〔2026〕1号", date(2026, 11, 24))
    [paper] = papers_of(current, danger)
    assert (paper.kind, paper.number, paper.enterprise_id, paper.made_by_id) == ("major_notice", "应急改〔2026〕1号", danger.enterprise_id, who("dept").id)
    assert [one.name for one in attachments_of(current, danger)["paper"]] == ["重大事故隐患限期整改通知书（应急改〔2026〕1号）.docx"]
    assert danger.supervisor is not None and danger.criterion is not None
    office = danger.supervisor.name
    text = read(current, paper)
    assert text[:5] == [office, "应急改〔2026〕1号", "重大事故隐患限期整改通知书", f"{danger.enterprise.name}：", "经审核，你单位存在下列重大事故隐患，现予以县级挂牌督办："]
    assert {
        "隐患编号：ZDYH-2026-90001",
        "隐患名称：甲醇罐区 V-201 紧急切断阀未投用",
        "隐患部位：甲醇罐区 V-201",
        "发现日期：2026年11月18日",
        f"判定依据：{danger.criterion.edition}第5项：{danger.criterion.name}",
        "现状及产生原因：执行机构失效 <二级> & 未更换",
        "危害程度：泄漏后不能切断",
        f"督办单位：{office}",
        "整改期限：2026年12月25日前",
        "4．整改期间每周报送一次进展",
        f"{office}（盖章）",
        "2026年11月24日",
    } <= set(text)
    assert not any("{{" in line or "{%" in line for line in text)


def test_the_lifting_notice_names_the_first_one_and_who_accepted(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    issue(current, who, case)
    photo(current, danger)
    plan = {"leader": "赵国安", "measures": "更换", "funds": 86.0, "person": "王建国", "deadline_on": date(2026, 12, 25), "emergency_plan": "停用"}
    for viewer, action, given in (
        ("own", "submit", plan),
        ("dept", "pass", {}),
        ("own", "finish", {"rectified_on": date(2026, 11, 23), "result": "已更换执行机构"}),
        ("dept", "pass", {"acceptor": "韩宏伟", "acceptance": "整改到位"}),
        ("leader", "lift", {}),
    ):
        case = steps.act(current, who(viewer), case, action, version=case.version, now=NOW, values=given)
    assert (danger.state, danger.lifting_number, danger.closed_on) == ("lifted", "应急督解〔2026〕1号", date(2026, 11, 24))
    text = read(current, papers_of(current, danger)[1])
    assert {
        "应急督解〔2026〕1号",
        f"{danger.enterprise.name}：",
        "整改通知书：应急改〔2026〕1号",
        "整改情况：已更换执行机构",
        "完成日期：2026年11月23日",
        "验收人：韩宏伟",
        "验收日期：2026年11月24日",
        "验收意见：整改到位",
        "现决定自2026年11月24日起，解除县级挂牌督办。",
    } <= set(text)


def test_a_step_that_fails_gives_its_number_back(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    with pytest.raises(ZeroDivisionError), current.begin_nested():
        make_paper(current, who("dept"), "major_notice", danger, NOW)
        raise ZeroDivisionError
    assert papers_of(current, danger) == []
    assert next_number(current, NOTICE, NOW) == "应急改〔2026〕1号"
    numbers = [make_paper(current, who("dept"), "major_notice", danger, NOW).number for _ in range(3)]
    assert numbers == [f"应急改〔2026〕{n}号" for n in (1, 2, 3)]
    assert next_number(current, LIFTING, NOW) == "应急督解〔2026〕1号"
    assert next_number(current, NOTICE, NOW + timedelta(days=60)) == "应急改〔2027〕1号"


def test_a_notice_that_is_issued_anew_makes_the_first_one_void(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    issue(current, who, case)
    first = papers_of(current, danger)[0]
    make_paper(current, who("dept"), "major_notice", danger, NOW, values={"deadline_on": date(2026, 12, 30)})
    second = papers_of(current, danger)[1]
    assert (first.number, second.number) == ("应急改〔2026〕1号", "应急改〔2026〕2号"), "its number stays used"
    assert (first.voided_at, first.void_reason, second.voided_at) == (NOW, "2026年11月24日重新制作，以应急改〔2026〕2号为准", None)
    names = [one.name for one in attachments_of(current, danger)["paper"]]
    assert [name.startswith("【作废】") for name in names] == [True, False]


def test_an_own_template_counts_until_the_shipped_one_is_taken_again(current: Session, who: Who, danger: HiddenDanger) -> None:
    admin = who("admin")
    row = row_of(current, NOTICE)
    assert isinstance(row, PaperTemplate)
    own = word_file("{{ unit }}（{{ number }}）", "请于{{ deadline }}前整改{{ danger }}", "{%p for one in requirements %}", "{{ one }}", "{%p endfor %}")
    attach(current, admin, row, "template", "整改通知书.docx", own)
    check_template(current, row)
    update(current, row, admin, {"pattern": "朝应急改〔{year}〕第{number}号"})
    paper = make_paper(current, admin, "major_notice", danger, NOW, values={"deadline_on": date(2026, 12, 1)})
    assert read(current, paper)[:2] == [f"{danger.enterprise.name}（朝应急改〔2026〕第1号）", f"请于2026年12月1日前整改{danger.name}"]
    use_shipped(current, admin, row)
    assert "重大事故隐患限期整改通知书" in read(current, make_paper(current, admin, "major_notice", danger, NOW))
    with pytest.raises(Conflict, match="正在使用默认模板。"):
        use_shipped(current, admin, row)
    with pytest.raises(Forbidden):
        use_shipped(current, who("dept"), row)
    assert not who("dept").may(EDIT)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["{{ unit }}{{ number }}{{ danger }}{{ deadline }}{{ boss }}"], "模板中的字段 {{ boss }} 系统不认识"),
        (["{{ unit }}{{ danger }}"], "缺少必需的字段“文号”{{ number }}、“整改期限”{{ deadline }}"),
        (["{{ unit }}{{ number }}{{ danger }}{{ deadline }}{% if %}"], "标记写法不对"),
        (["{{ unit }}{{ number }}{{ danger }}{{ deadline }}{{ unit.__class__.__mro__ }}"], "不能使用的写法"),
        (["{{ unit }}{{ number }}{{ danger }}{{ deadline }}{{ unit.boss }}"], "系统不认识|不能使用"),
    ],
)
def test_a_template_that_would_fail_is_refused_with_the_reason(current: Session, who: Who, lines: list[str], message: str) -> None:
    row = row_of(current, NOTICE)
    assert row is not None
    attach(current, who("admin"), row, "template", "模板.docx", word_file(*lines))
    with pytest.raises(Invalid, match=message.replace("{", "\\{").replace("}", "\\}")):
        check_template(current, row)


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("应急改〔{year}〕{number}号", ""),
        ("应急改{number}号", "缺少 {year}：没有它，不同文书会有相同的文号。"),
        ("{year}-{number}-{seq}", "只能使用 {year} 和 {number}，不认识 {seq}。"),
        ("{number.__class__}{year}{number}", "只能使用 {year} 和 {number}，不认识 {number.__class__}。"),
    ],
)
def test_a_pattern_has_year_and_number_and_nothing_else(pattern: str, fault: str) -> None:
    assert fault_of_pattern(pattern) == fault


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_shipped_template_uses_every_field_and_shows_each(kind: Any) -> None:
    assert fault_of(kind, shipped(kind)) == ""
    text = "\n".join(words_of(sample(kind, shipped(kind))))
    samples = [one for field in kind.fields.values() for one in samples_of(field.sample)]
    assert [one for one in samples if one not in text] == []


def samples_of(sample: Any) -> list[str]:
    """The texts of a field's sample; of made ones such as tables and pictures none, their own tests look at them."""
    return [] if callable(sample) else [sample] if isinstance(sample, str) else list(sample)


def test_every_kind_of_document_has_a_number_of_its_own() -> None:
    numbers = {key: written(kind.pattern, 2026, 7) for key, kind in KINDS.items()}
    assert all(number.endswith("〔2026〕7号") for number in numbers.values()), numbers
    assert len(set(numbers.values())) == len(numbers), numbers
