"""文书模板: a template is tried before it is taken, and can be taken back."""

from __future__ import annotations

import io
from typing import Any

from docx import Document

from data.models import PaperTemplate
from tests.dashboard.asking import listed, one, opened, rows


def word_file(text: str) -> io.BytesIO:
    document, content = Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(content)
    return io.BytesIO(content.getvalue())


def fetched(client: Any, kind: str, which: str) -> Any:
    with client.get(f"/system/papers/{kind}/{which}") as answer:
        return Document(io.BytesIO(answer.data))


def upload(client: Any, identity: int, text: str) -> tuple[int, str]:
    answer = client.post(f"/attachments/paper_template/{identity}/template", data={"file": (word_file(text), "整改通知书.docx")})
    return answer.status_code, answer.get_data(as_text=True).encode().decode("unicode_escape") if answer.status_code != 200 else ""


def test_a_template_is_tried_before_it_is_taken_and_the_shipped_one_comes_back(person: Any, submit: Any) -> None:
    client = person("admin")
    row = one(PaperTemplate, PaperTemplate.kind == "major_notice")
    status, words = upload(client, row.id, "{{ unit }}{{ number }}{{ danger }}{{ deadline }}{{ boss }}")
    assert status != 200 and "{{ boss }}" in words
    assert "默认模板" in str(rows(listed(client, "paper_template"), "paper_template"))
    assert upload(client, row.id, "{{ unit }} {{ number }} {{ danger }} {{ deadline }}")[0] == 200
    assert "某某化工有限公司 应急改〔2026〕1号" in fetched(client, "major_notice", "sample").paragraphs[0].text
    assert "已恢复默认模板" in submit(client, "paper_template", row.id, "default", {}, row.version)
    assert len(fetched(client, "major_notice", "template").tables) == 1


def test_a_pattern_without_the_year_is_refused_at_the_field(person: Any, submit: Any) -> None:
    client = person("admin")
    row = one(PaperTemplate, PaperTemplate.kind == "major_lifting")
    assert "缺少 {year}" in submit(client, "paper_template", row.id, "edit", {"pattern": "督解{number}号"}, row.version)
    assert "{{ acceptor }}" in opened(client, "paper_template", open=str(row.id), tab="fields")
    assert "已保存" in submit(client, "paper_template", row.id, "edit", {"pattern": "朝督解〔{year}〕{number}号"}, row.version)
    assert "朝督解〔" in str(rows(listed(client, "paper_template"), "paper_template"))


def test_files_of_templates_are_for_who_keeps_them(person: Any) -> None:
    client = person("dept")
    assert client.get("/system/papers/major_notice/template").status_code == 403
    assert person("admin").get("/system/papers/nothing/sample").status_code == 404
