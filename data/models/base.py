"""What every business record has: identity, who and when, a version for optimistic locking, and soft deletion."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Identity, MetaData, event, func
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column

from data.fields import FileSlot

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Instant = DateTime(timezone=True)


class Base(DeclarativeBase):
    """Root of all mapped tables. Table names are singular, as the class is."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant}


class Record(Base):
    """A business record. Written only through ``data.save``, read only through ``data.query``."""

    __abstract__ = True
    __title__ = ""  # the Chinese name of one such record
    __owned_by__ = ""  # the column with the department whose people alone may change it; everybody may look
    __part_of__ = ""  # the foreign key to the record of which this is a part: it goes with it
    __files__: tuple[FileSlot, ...] = ()  # what may be attached to one
    __found_by__: tuple[str, ...] = ()  # relations to one record whose words a keyword finds this one by

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, sort_order=-1)

    @declared_attr
    def created_at(cls) -> Mapped[datetime]:
        return mapped_column(
            Instant, server_default=func.now(), nullable=False, sort_order=90, info={"label": "创建时间"}
        )

    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:
        return mapped_column(BigInteger, sort_order=91)

    @declared_attr
    def updated_at(cls) -> Mapped[datetime]:
        return mapped_column(
            Instant, server_default=func.now(), nullable=False, sort_order=92, info={"label": "更新时间"}
        )

    @declared_attr
    def updated_by_id(cls) -> Mapped[int | None]:
        return mapped_column(BigInteger, sort_order=93)

    @declared_attr
    def version(cls) -> Mapped[int]:
        return mapped_column(nullable=False, default=1, server_default="1", sort_order=94)

    @declared_attr
    def deleted_at(cls) -> Mapped[datetime | None]:
        return mapped_column(Instant, sort_order=95)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


@event.listens_for(Session, "before_flush")
def _touch(session: Session, context: Any, instances: Any) -> None:
    for record in session.dirty:
        if isinstance(record, Record) and session.is_modified(record):
            record.updated_at = func.now()
