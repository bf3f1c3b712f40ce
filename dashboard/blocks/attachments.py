"""Attachments of a record: the box of one slot, and the tab of all of them. The browser draws them (assets/36-attachments.js)."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.resource import Resource
from data.fields import FileSlot
from data.viewer import Viewer


def attachment_box(session: Session, viewer: Viewer, record: Any, slot: FileSlot, *, resource: Resource) -> Component:
    """The box of one slot."""
    return html.Div()


def attachments_panel(session: Session, viewer: Viewer, resource: Resource, record: Any) -> Component:
    """All slots of the record."""
    return html.Div()
