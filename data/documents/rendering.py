"""A Word template and what is said in it become a document (docxtpl: Jinja tags in the text).

Templates come from people: they are rendered in a sandbox, they know the declared fields only, and a value is
always text, a picture, or a row of such.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx.shared import Mm
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from data.documents.kinds import PaperKind
from data.documents.picture import Picture
from data.errors import Invalid

TEMPLATES = Path(__file__).parent / "templates"
MOST_UNPACKED = 50 * 1024 * 1024
# Characters that XML 1.0 has no place for.
_NO_TEXT = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_NAME = re.compile(r"'(\w+)' is undefined")


def shipped(kind: PaperKind) -> Path:
    """The template that comes with the platform."""
    return TEMPLATES / f"{kind.key}.docx"


def render(template: Path, context: Mapping[str, Any]) -> bytes:
    """The document. Raises what Jinja or the reader of the file raises: see ``fault_of``."""
    document = DocxTemplate(str(template))
    document.render({name: _clean(document, value) for name, value in context.items()}, _environment(), autoescape=True)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def sample(kind: PaperKind, template: Path) -> bytes:
    """The document with a sample in every field."""
    return render(template, {name: one.sample() if callable(one.sample) else one.sample for name, one in kind.fields.items()})


def fault_of(kind: PaperKind, template: Path) -> str:
    """Why documents of the kind cannot be made from the template, in words; empty when they can."""
    try:
        _check_size(template)
        used = DocxTemplate(str(template)).get_undeclared_template_variables(_environment())
        unknown = sorted(used - set(kind.fields))
        if unknown:
            return f"模板中的字段{_named(unknown)}系统不认识，请改为可用的字段。"
        missing = [name for name in kind.needed if name not in used]
        if missing:
            return f"模板中缺少必需的字段{'、'.join(f'“{kind.fields[name].label}”{{{{ {name} }}}}' for name in missing)}。"
        sample(kind, template)
    except Invalid as error:
        return str(error)
    except UndefinedError as error:
        found = _NAME.search(str(error))
        return f"模板中的字段{_named([found[1]]) if found else ''}系统不认识，请改为可用的字段。"
    except TemplateSyntaxError as error:
        return f"模板中的标记写法不对：{error.message}。请检查花括号是否成对。"
    except (TemplateError, SecurityError, TypeError, ValueError, ArithmeticError) as error:
        return f"模板中有不能使用的写法：{error}"
    except (BadZipFile, KeyError, OSError, SyntaxError):
        return "这个 Word 文档打不开，请用 Word 重新保存为 .docx 后再上传。"
    return ""


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)


def _check_size(template: Path) -> None:
    with ZipFile(template) as archive:
        if sum(one.file_size for one in archive.infolist()) > MOST_UNPACKED:
            raise Invalid("模板太大，请去掉其中的大图片后再上传。")


def _clean(document: DocxTemplate, value: Any) -> Any:
    """The value as a template may have it; a named tuple keeps its names."""
    if isinstance(value, str):
        return _NO_TEXT.sub("", value)
    if isinstance(value, Picture):
        return _Drawn(document, value)
    parts = [_clean(document, one) for one in value]
    return type(value)(*parts) if hasattr(value, "_fields") else parts


class _Drawn:
    """A picture that puts itself into the text where the template names it. It has nothing else that a template could reach."""

    def __init__(self, document: DocxTemplate, picture: Picture) -> None:
        self._document, self._picture = document, picture

    def __html__(self) -> str:
        one = self._picture
        inline = self._document.current_rendering_part.new_pic_inline(io.BytesIO(one.content), Mm(one.width_mm))
        inline.docPr.set("descr", _NO_TEXT.sub("", one.words))
        return f'</w:t></w:r><w:r><w:drawing>{inline.xml}</w:drawing></w:r><w:r><w:t xml:space="preserve">'


def _named(names: Sequence[str]) -> str:
    return "、".join(f" {{{{ {name} }}}} " for name in names)
