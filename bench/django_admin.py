"""The peer of the lists: Django's admin over the same table of the same database, declared as its manual teaches."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from datetime import date, datetime
from operator import attrgetter
from types import ModuleType
from typing import Any, NamedTuple

from sqlalchemy import make_url

# What the list of the platform shows and searches; the words of coded columns are shown by both.
LISTED = ("name", "unit_type", "division", "short_department", "scale", "grade", "completeness", "confirm_state", "state", "updated_at")
FILTERED = ("scale", "grade", "standard_state", "confirm_state", "state", "department", "unit_type")
SEARCHED = ("code", "name", "short_name", "credit_code", "legal_person", "contact")
PAGE_SIZE = 20
URLS = "bench_django_urls"


class Peer(NamedTuple):
    """A signed-in client of the admin; ``export`` posts its action for all rows of the address and reads the whole file."""

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


def admin(database_url: str) -> Peer:
    """Django's admin on the database, its own tables in a schema of their own, and a superuser signed in."""
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
    model = _register(_models())
    return _sign_in(model)


def _make_tables() -> None:
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS django_admin")
    call_command("migrate", verbosity=0)


def _models() -> Any:
    """Unmanaged models of the platform's tables, with its labels and choices."""
    from django.db import models

    from data.models import Department, Division, Enterprise, UnitType, User

    def mirrored(source: Any, **links: Any) -> Any:
        """The model's own columns by their types; ``links`` are its foreign keys, by the name without ``_id``."""
        fields: dict[str, Any] = {"__module__": __name__, "__str__": lambda self: self.name}
        for column in source.__table__.columns:
            if column.name != "id" and not column.foreign_keys and not column.info.get("secret"):
                fields[column.name] = _field(models, column)
        for name, target in links.items():
            label = source.__table__.columns[f"{name}_id"].info["label"]
            fields[name] = models.ForeignKey(target, models.PROTECT, verbose_name=label, related_name="+", null=True)
        table = source.__tablename__
        order = ["code"] if "code" in fields else []
        fields["Meta"] = type("Meta", (), {"app_label": "auth", "managed": False, "db_table": table, "ordering": order})
        return type(f"Park{source.__name__}", (models.Model,), fields)

    links = {"division": Division, "unit_type": UnitType, "department": Department, "confirmed_by": User}
    return mirrored(Enterprise, **{name: mirrored(target) for name, target in links.items()})


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


def _register(model: Any) -> Any:
    """The admin of the model: select_related, search, filters, and two exports as actions."""
    from django.contrib import admin
    from django.http import HttpResponse, StreamingHttpResponse
    from django.urls import path

    def short_department(self: Any, row: Any) -> str:
        return row.department.short_name if row.department else ""

    def get_queryset(self: Any, request: Any) -> Any:
        return admin.ModelAdmin.get_queryset(self, request).filter(deleted_at__isnull=True)

    def as_xlsx(self: Any, request: Any, queryset: Any) -> Any:
        return HttpResponse(_xlsx(queryset), content_type="application/octet-stream")

    def as_csv(self: Any, request: Any, queryset: Any) -> Any:
        return StreamingHttpResponse(_csv(queryset), content_type="text/csv")

    options = {
        "list_display": LISTED,
        "list_filter": FILTERED,
        "list_select_related": ("unit_type", "division", "department"),
        "list_per_page": PAGE_SIZE,
        "search_fields": SEARCHED,
        "ordering": ("code",),
        "actions": [as_xlsx, as_csv],
        "short_department": short_department,
        "get_queryset": get_queryset,
    }
    admin.site.register(model, type("EnterpriseAdmin", (admin.ModelAdmin,), options))
    urls: Any = ModuleType(URLS)
    urls.urlpatterns = [path("admin/", admin.site.urls)]
    sys.modules[URLS] = urls
    return model


def _records(queryset: Any) -> Iterator[list[Any]]:
    """The head and the values of every row, the columns of the platform's export: names of relations, words of codes."""
    from django.utils.timezone import make_naive

    from pages.enterprises import ENTERPRISES

    columns = ENTERPRISES.exported()
    yield [label for _, label in columns]
    coded = {field.name for field in queryset.model._meta.fields if field.choices}
    readers = [attrgetter(f"get_{path}_display") if path in coded else attrgetter(path) for path, _ in columns]
    missing = object()
    for row in queryset.select_related("unit_type", "division", "department", "confirmed_by").iterator(2000):
        values = []
        for read in readers:
            try:
                value = read(row)
            except AttributeError:  # a relation that is not set
                value = missing
            value = None if value is missing else value() if callable(value) else value
            values.append(make_naive(value) if isinstance(value, datetime) else value)
        yield values


def _xlsx(queryset: Any) -> bytes:
    """As openpyxl's manual does it for large files: write-only, row by row."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("data")
    for values in _records(queryset):
        sheet.append(values)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


class _Echo:
    def write(self, line: str) -> str:
        return line


def _csv(queryset: Any) -> Iterator[str]:
    """As Django's manual streams a large CSV file."""
    writer = csv.writer(_Echo())
    for values in _records(queryset):
        yield writer.writerow(values)


def _sign_in(model: Any) -> Peer:
    from django.contrib.auth.models import User
    from django.test import Client

    user = User.objects.create_superuser("bench", "bench@example.org", "bench")
    client = Client()
    client.force_login(user)
    return Peer(client, f"/admin/auth/{model._meta.model_name}/")

