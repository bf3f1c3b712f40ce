"""快速登录企业端 as a verb of the enterprises: the question stands in the drawer, the answer goes to the sign-in pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session, object_session

from auth.entering import ENTER, enterprise_for
from dashboard.resource_parts import Action
from data.errors import Invalid, PlatformError
from data.models import Enterprise
from data.settings import current_settings
from data.viewer import Viewer


def _why_not(viewer: Viewer, enterprise: Enterprise) -> str:
    session = object_session(enterprise)
    if session is None:
        return ""
    try:
        enterprise_for(session, viewer, enterprise.id)
    except PlatformError as error:
        return str(error)
    return ""


def _question(enterprise: Enterprise) -> str:
    minutes = current_settings().enter_minutes
    return f"将以“{enterprise.name}”企业用户的身份操作，{minutes} 分钟后自动结束，可随时返回管理端。期间的每一项操作都以您的名义记入日志，不能修改密码。"


def _never(session: Session, viewer: Viewer, enterprise: Enterprise, values: Mapping[str, Any]) -> str:
    raise Invalid("这个操作请在页面上进行。")


ENTER_ENTERPRISE = Action(
    "enter",
    "快速登录企业端",
    ENTER,
    _never,
    _question,
    icon="box-arrow-in-right",
    why_not=_why_not,
    post=lambda enterprise: f"/enterprise/enter/{enterprise.id}",
)
