"""Permissions and roles under the name by which the web knows them; they are declared in ``data.permissions``."""

from __future__ import annotations

from data.permissions import PERMISSIONS, ROLES

__all__ = ["PERMISSIONS", "ROLES"]
