"""The errors that a person is shown as a message. Anything else becomes a number that stands in the log."""

from __future__ import annotations


class PlatformError(Exception):
    """An error whose text is meant for the person in front of the screen, in Chinese."""

    status = 500


class Invalid(PlatformError):
    """What was entered cannot be taken. ``fields`` maps a field's name to its message."""

    status = 422

    def __init__(self, message: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = fields or {}


class Forbidden(PlatformError):
    """The viewer lacks the right; the message names it and whom to ask."""

    status = 403


class NotFound(PlatformError):
    """No such record, or none within the viewer's scope."""

    status = 404


class Conflict(PlatformError):
    """Somebody else was first; the message says who and when."""

    status = 409
