"""Lists as subscriptions know them: an address of a list becomes what it asks, with the declaration and the rights of this moment.

Lists are declared above this package; whoever starts the process says how they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from data.errors import NotFound
from data.exports import Listing
from data.viewer import Viewer

# (session, viewer, key of the list, its address's query) → what it asks, or None when there is no such list. Forbidden without the right,
# Invalid when the list does not know a condition of the query any more.
Reader = Callable[[Session, Viewer, str, Mapping[str, str]], Listing | None]
_makers: list[Callable[[], Reader]] = []
_readers: list[Reader] = []


def read_by(make: Callable[[], Reader]) -> None:
    """Take lists from this reader, made when the first one is asked for."""
    _makers[:] = [make]
    _readers.clear()


def listing_of(session: Session, viewer: Viewer, key: str, query: Mapping[str, str]) -> Listing:
    """What the list of that key asks at that address; NotFound when there is none."""
    if not _readers:
        _readers.extend(make() for make in _makers)
    found = _readers[0](session, viewer, key, query) if _readers else None
    if found is None:
        raise NotFound("没有这个列表，可能已停用。")
    return found
