"""实时视频: live pictures, the wall of snapshots, and where the pictures come from."""

from __future__ import annotations

from pages.video import cameras, live, wall

PAGES = [live.PAGE, wall.PAGE, *cameras.CAMERAS.pages()]
