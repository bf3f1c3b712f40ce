"""Who asks: the person or service in whose name something is read or written."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.choices import word
from data.errors import Forbidden


@dataclass(frozen=True)
class Viewer:
    """A signed-in person or a service account. ``scope`` is one of ``choices.SCOPES``; it limits every read and write.

    Somebody of an authority who acts as an enterprise (快速登录企业端) keeps their own ``id``, ``username`` and ``name``, so that
    every record and audit entry names who really did it; rights and scope are those of the enterprise's user ``acting_as_id``,
    and ``acting_for`` is the name of the enterprise.
    """

    id: int | None
    username: str
    name: str
    role: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    scope: str = "own"
    enterprise_id: int | None = None
    department_id: int | None = None
    division_id: int | None = None
    address: str = ""
    acting_for: str = ""
    acting_as_id: int | None = None

    @property
    def is_enterprise(self) -> bool:
        """Whether this is the enterprise side: an enterprise's own user, or somebody who acts as one."""
        return self.scope == "own_enterprise"

    def may(self, permission: str) -> bool:
        """Whether the viewer holds the permission; the empty one is everybody's who signed in."""
        return not permission or permission in self.permissions or "*" in self.permissions

    def require(self, permission: str) -> None:
        """Raise Forbidden, naming the right that is missing and whom to ask, unless the viewer holds it."""
        if not self.may(permission):
            from data.permissions import PERMISSIONS

            raise Forbidden(f"{self.name}没有“{word(PERMISSIONS, permission)}”权限，请联系系统管理员。")


def system_viewer(name: str) -> Viewer:
    """The service account of a role of the platform: sees and may do everything, and is named in the audit."""
    return Viewer(id=None, username=name, name=name, role="system", permissions=frozenset({"*"}), scope="all")
