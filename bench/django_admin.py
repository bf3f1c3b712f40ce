"""The peer of the lists: Django's admin over the same tables of the same database, declared as its manual teaches."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from types import ModuleType
from typing import Any, NamedTuple

from sqlalchemy import make_url

PAGE_SIZE = 20
URLS = "bench_django_urls"
_made: dict[str, Any] = {}  # the models, by the name of the platform's own


class Declared(NamedTuple):
    """The admin of one of the platform's models: its foreign keys by the name without ``_id`` (a model, or another that is declared
    with links of its own), the options of its ModelAdmin, what an export writes and joins; ``rows`` keeps to what a user may see."""

    model: Any
    links: Mapping[str, Any]
    options: Mapping[str, Any]
    exported: Sequence[tuple[str, str]]
    related: Sequence[str]
    rows: Callable[[Any, str], Any] = lambda queryset, username: queryset


class Linked(NamedTuple):
    """A model at the far end of a foreign key that has foreign keys of its own."""

    model: Any
    links: Mapping[str, Any]


class Peer(NamedTuple):
    """A client of the admin in which a person is signed in; ``export`` posts its action for all rows of the address and reads the whole file."""

    client: Any
    path: str

    def get(self, query: str) -> bytes:
        """The page of the change list at that query."""
        answer = self.client.get(f"{self.path}?{query}", headers={"accept-encoding": "gzip"})
        assert answer.status_code == 200, answer.status_code
        return bytes(answer.content)

    def export(self, query: str, action: str) -> bytes:
        """The file that the action makes of all rows at that query."""
        body = {"action": action, "_selected_action": ["1"], "select_across": "1"}
        answer = self.client.post(f"{self.path}?{query}", body)
        assert answer.status_code == 200, answer.status_code
        return b"".join(answer.streaming_content) if answer.streaming else answer.content

    def as_person(self, username: str) -> Peer:
        """The same list with another superuser signed in, who sees what ``Declared.rows`` leaves."""
        return Peer(_signed_in(username), self.path)


def admins(database_url: str, declared: Sequence[Declared]) -> dict[str, Peer]:
    """Django's admin on the database, its own tables in a schema of their own, and a superuser signed in; lists by the name of the model."""
    import django
    from django.conf import settings

    url = make_url(database_url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database,
        "USER": url.username,
        "HOST": url.query.get("host") or url.host,
        "PORT": url.port or "",
        "PASSWORD": url.password or "",
        "OPTIONS": {"options": "-c search_path=django_admin,public"},
    }
    context = ("request", "auth")
    processors = [f"django.{'contrib.auth' if one == 'auth' else 'template'}.context_processors.{one}" for one in context]
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    engine["OPTIONS"] = {"context_processors": [*processors, "django.contrib.messages.context_processors.messages"]}
    middleware = ("sessions.middleware.SessionMiddleware", "auth.middleware.AuthenticationMiddleware", "messages.middleware.MessageMiddleware")
    settings.configure(
        SECRET_KEY="bench",
        DEBUG=False,
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": database},
        ROOT_URLCONF=URLS,
        INSTALLED_APPS=[f"django.contrib.{one}" for one in ("admin", "auth", "contenttypes", "sessions", "messages")],
        MIDDLEWARE=["django.middleware.gzip.GZipMiddleware", *(f"django.contrib.{one}" for one in middleware)],
        TEMPLATES=[engine],
        STATIC_URL="/static/",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE="Asia/Shanghai",
        LANGUAGE_CODE="zh-hans",
    )
    django.setup()
    _make_tables()
    client = _signed_in("bench")
    return {one.model.__name__: Peer(client, f"/admin/auth/{_register(one)}/") for one in declared}


def _make_tables() -> None:
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS django_admin")
    call_command("migrate", verbosity=0)


def _mirrored(source: Any, links: Mapping[str, Any]) -> Any:
    """The unmanaged model of a table of the platform: its own columns by their types, with its labels and choices, and ``links``."""
    from django.db import models

    if source.__name__ in _made:
        return _made[source.__name__]
    fields: dict[str, Any] = {"__module__": __name__, "__str__": lambda self: self.name}
    for column in source.__table__.columns:
        if column.name != "id" and not column.foreign_keys and not column.info.get("secret"):
            fields[column.name] = _field(models, column)
    for name, target in links.items():
        label = source.__table__.columns[f"{name}_id"].info["label"]
        far = _mirrored(target.model, target.links) if isinstance(target, Linked) else _mirrored(target, {})
        fields[name] = models.ForeignKey(far, models.PROTECT, verbose_name=label, related_name="+", null=True)
    order = ["code"] if "code" in fields else []
    fields["Meta"] = type("Meta", (), {"app_label": "auth", "managed": False, "db_table": source.__tablename__, "ordering": order})
    _made[source.__name__] = type(f"Park{source.__name__}", (models.Model,), fields)
    return _made[source.__name__]


def _field(models: Any, column: Any) -> Any:
    kinds = {str: models.CharField, int: models.IntegerField, float: models.FloatField, bool: models.BooleanField}
    kinds |= {date: models.DateField, datetime: models.DateTimeField}
    try:
        make = kinds.get(column.type.python_type, models.JSONField)
    except NotImplementedError:
        make = models.JSONField
    words = column.info.get("choices")
    more: dict[str, Any] = {"choices": [(one.code, one.word) for one in words]} if words else {}
    more |= {"max_length": getattr(column.type, "length", None) or 4000} if make is models.CharField else {}
    return make(column.info.get("label", column.name), null=True, **more)


def _register(declared: Declared) -> str:
    """Register the admin of the model: its options, and two exports as actions; the name that addresses have for the model."""
    from django.contrib import admin
    from django.http import HttpResponse, StreamingHttpResponse
    from django.urls import path

    def get_queryset(self: Any, request: Any) -> Any:
        rows = admin.ModelAdmin.get_queryset(self, request).filter(deleted_at__isnull=True)
        return declared.rows(rows, request.user.username)

    def as_xlsx(self: Any, request: Any, queryset: Any) -> Any:
        return HttpResponse(_xlsx(declared, queryset), content_type="application/octet-stream")

    def as_csv(self: Any, request: Any, queryset: Any) -> Any:
        return StreamingHttpResponse(_csv(declared, queryset), content_type="text/csv")

    model = _mirrored(declared.model, declared.links)
    own = {"list_per_page": PAGE_SIZE, "actions": [as_xlsx, as_csv], "get_queryset": get_queryset}
    admin.site.register(model, type(f"{declared.model.__name__}Admin", (admin.ModelAdmin,), {**declared.options, **own}))
    urls: Any = ModuleType(URLS)
    urls.urlpatterns = [path("admin/", admin.site.urls)]
    sys.modules[URLS] = urls
    return str(model._meta.model_name)


def _records(declared: Declared, queryset: Any) -> Iterator[list[Any]]:
    """The head and the values of every row, the columns of the platform's export: names of relations, words of codes."""
    from django.utils.timezone import make_naive

    yield [label for _, label in declared.exported]
    coded = {field.name for field in queryset.model._meta.fields if field.choices}
    readers = [attrgetter(f"get_{path}_display") if path in coded else attrgetter(path.removesuffix("_id")) for path, _ in declared.exported]
    missing = object()
    for row in queryset.select_related(*declared.related).iterator(2000):
        values = []
        for read in readers:
            try:
                value = read(row)
            except AttributeError:  # a relation that is not set
                value = missing
            value = None if value is missing else value() if callable(value) else value
            value = str(value) if hasattr(value, "pk") else value
            values.append(make_naive(value) if isinstance(value, datetime) else value)
        yield values


def _xlsx(declared: Declared, queryset: Any) -> bytes:
    """As openpyxl's manual does it for large files: write-only, row by row."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("data")
    for values in _records(declared, queryset):
        sheet.append(values)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


class _Echo:
    def write(self, line: str) -> str:
        return line


def _csv(declared: Declared, queryset: Any) -> Iterator[str]:
    """As Django's manual streams a large CSV file."""
    writer = csv.writer(_Echo())
    for values in _records(declared, queryset):
        yield writer.writerow(values)


def _signed_in(username: str) -> Any:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.create_superuser(username, f"{username}@example.org", "bench"))
    return client
