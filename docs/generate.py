"""Writes the reference pages that come from the code: ``python docs/generate.py``. A test fails when they are out of date."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))


def settings() -> str:
    """The table of all settings."""
    from data.settings import Settings

    lines = ["# Settings", "", "From the environment, or from a file `.env` in the working directory.", ""]
    lines += ["| variable | default | what it is |", "|---|---|---|"]
    for name, info in Settings.model_fields.items():
        default = info.default if info.default not in ("", None) else "–"
        lines.append(f"| `PARK_{name.upper()}` | {default} | {info.description} |")
    return "\n".join(lines) + "\n"


def permissions() -> str:
    """Permissions, and which role has which."""
    from data.choices import word
    from data.choices.system import SCOPES
    from data.permissions import PERMISSIONS, ROLES

    lines = ["# Permissions", "", "| permission | 权限 | " + " | ".join(role.name for role in ROLES) + " |"]
    lines.append("|---" * (len(ROLES) + 2) + "|")
    for choice in PERMISSIONS:
        marks = " | ".join("✓" if choice.code in role.permissions else "" for role in ROLES)
        lines.append(f"| `{choice.code}` | {choice.word} | {marks} |")
    lines.append("| | 数据范围 | " + " | ".join(word(SCOPES, role.scope) for role in ROLES) + " |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Every command of ``app.py``."""
    import click

    from app import cli

    lines = [
        "# Commands",
        "",
        "`.venv/bin/python app.py COMMAND`; without one, everything runs.",
        "",
        "| command | what it does |",
        "|---|---|",
    ]
    context = click.Context(cli)

    def walk(group: click.Group, prefix: str) -> None:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command is None or command.hidden:
                continue
            if isinstance(command, click.Group):
                walk(command, f"{prefix}{name} ")
                continue
            usage = " ".join(piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]")
            options = " ".join(
                f"{option.opts[0]} {(option.metavar or (option.name or '').upper())}"
                for option in command.params
                if option.required and isinstance(option, click.Option)
            )
            lines.append(
                f"| `{' '.join(f'{prefix}{name} {options} {usage}'.split())}` | {(command.help or '').splitlines()[0]} |"
            )

    walk(cli, "")
    return "\n".join(lines) + "\n"


PAGES = {"settings.md": settings, "permissions.md": permissions, "commands.md": commands}


def main() -> None:
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
