"""Attachments of a record: the box of one slot, and the tab of all of them. The browser draws them (assets/36-attachments.js)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.state import empty
from dashboard.moments import full_words, moment_words
from dashboard.resource import Resource
from data.attachments import attachments_of, most_bytes, size_words
from data.choices import word
from data.fields import FileSlot
from data.file_types import ALLOWED_WORDS, MP4, PDF, PICTURE_WORDS, PICTURES, TYPES
from data.models import Attachment, User
from data.permissions import PERMISSIONS
from data.validity import why_not_change
from data.viewer import Viewer

ACCEPT = ",".join(f".{extension}" for one in TYPES for extension in one.extensions)
ACCEPT_PICTURES = ",".join(f".{extension}" for one in TYPES if one.picture for extension in one.extensions)


def attachment_box(session: Session, viewer: Viewer, record: Any, slot: FileSlot, *, resource: Resource, is_wrong: bool = False, files: list[Attachment] | None = None, may: bool | None = None) -> Component:
    """The files of one slot, with a place to drop more when the viewer may change the record.

    ``may`` is the answer of ``may_attach`` where the caller knows it. A record that was not saved yet (None, or without an id) cannot hold files: the box says that they come after saving.
    """
    identity = getattr(record, "id", None)
    if identity is None:
        return html.Div(className="attachments", **{"data-attachments": _json({"label": slot.label, "required": slot.required, "later": True})})
    found = attachments_of(session, record)[slot.code] if files is None else files
    is_theirs = not slot.is_made and (may_attach(viewer, resource, record) if may is None else may)
    return html.Div(
        className="attachments",
        **{
            "data-attachments": _json(
                {
                    "url": f"/attachments/{resource.key}/{identity}/{slot.code}",
                    "slot": slot.code,
                    "label": slot.label,
                    "required": slot.required,
                    "most": slot.most,
                    "bytes": most_bytes(),
                    "limit": size_words(most_bytes()).replace(".0 ", " "),
                    "accept": ACCEPT_PICTURES if slot.is_photo else ACCEPT,
                    "words": PICTURE_WORDS if slot.is_photo else ALLOWED_WORDS,
                    "may": is_theirs,
                    "wrong": is_wrong,
                    "items": plain_items(session, found),
                }
            )
        },
    )


def attachments_panel(session: Session, viewer: Viewer, resource: Resource, record: Any) -> Component:
    """All slots of the record, for the tab 附件. Its count is ``data.attachments.attachment_count``."""
    slots = resource.model.__files__  # type: ignore[attr-defined]
    if not slots:
        return empty("这类记录没有附件", "")
    found = attachments_of(session, record)
    may = may_attach(viewer, resource, record)
    boxes = [attachment_box(session, viewer, record, slot, resource=resource, files=found[slot.code], may=may) for slot in slots]
    return html.Div(boxes, className="attachment-slots")


def may_attach(viewer: Viewer, resource: Resource, record: Any) -> bool:
    """Whether the viewer may add and take off files of this record: whoever may edit it."""
    return not why_not_attach(viewer, resource, record)


def why_not_attach(viewer: Viewer, resource: Resource, record: Any) -> str:
    """Why the files of this record are not the viewer's to change on this list; empty when they are."""
    if not resource.form or not resource.edit_permission:
        return f"{resource.title}不能在此修改。"
    if not viewer.may(resource.edit_permission):
        return f"{viewer.name}没有“{word(PERMISSIONS, resource.edit_permission)}”权限，请联系系统管理员。"
    return why_not_change(viewer, record) or resource.can_edit(viewer, record)


def items_of(session: Session, record: Any, slot: str) -> list[dict[str, Any]]:
    """The files of one slot as the browser draws them."""
    return plain_items(session, attachments_of(session, record).get(slot, []))


def plain_items(session: Session, files: list[Attachment]) -> list[dict[str, Any]]:
    """Files as the browser draws them: words only, and the address that each is under."""
    if not files:
        return []
    people = dict(session.execute(select(User.id, User.name).where(User.id.in_({one.created_by_id for one in files}))).all())
    now = datetime.now(UTC)
    return [
        {
            "id": one.id,
            "name": one.name,
            "size": size_words(one.size),
            "kind": _kind(one.content_type),
            "who": people.get(one.created_by_id or 0, "系统"),
            "at": moment_words(one.created_at, now),
            "full": full_words(one.created_at),
            "url": f"/attachments/{one.id}",
        }
        for one in files
    ]


def _kind(content_type: str) -> str:
    if content_type in PICTURES:
        return "picture"
    return {PDF.content_type: "pdf", MP4.content_type: "video"}.get(content_type, "word" if "word" in content_type else "sheet")


def _json(spec: dict[str, Any]) -> str:
    return orjson.dumps(spec).decode()
