"""The database: there, migrated, tuned, and safe from the host's own migrations."""

import ast
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

import commentkit
from commentkit import migrations
from commentkit.doctor.finding import Finding, Patient
from commentkit.model import include_name
from commentkit.model.revision import State, said_of, state_of

_WAL, _FULL = "wal", 2


def database(patient: Patient) -> Iterator[Finding]:
    """Reach it."""
    engine = patient.kit.database.engine
    shown = engine.url.render_as_string(hide_password=True)
    try:
        _ask(engine)
    except SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        yield Finding(
            "fail",
            "database",
            f"The database {shown} does not answer: {reason}",
            "Start it, or correct COMMENTKIT_DATABASE_URL.",
        )
        return
    yield Finding("ok", "database", f"The database {shown} answers.")


def answers(patient: Patient) -> bool:
    """Tell whether the database answers at all."""
    try:
        _ask(patient.kit.database.engine)
    except SQLAlchemyError:
        return False
    return True


def serves(patient: Patient) -> bool:
    """Tell whether the tables can serve: those of a newer version do."""
    revision = migrations.current(patient.kit.database.engine)
    return state_of(revision) in ("current", "newer")


def _ask(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def tables(patient: Patient) -> Iterator[Finding]:
    """Compare their revision with ours, and say what bringing them to it will cost."""
    engine = patient.kit.database.engine
    revision = migrations.current(engine)
    said, state = said_of(revision), state_of(revision)
    if state == "current":
        yield Finding("ok", "tables", said)
    elif state == "older":
        yield Finding("fail", "tables", f"{said} {_cost(engine)}", _advice(patient, state))
    else:
        yield Finding("fail", "tables", said, _advice(patient, state))


def _advice(patient: Patient, state: State) -> str:
    upgrade, downgrade = patient.command("upgrade"), patient.command("downgrade")
    return {
        "current": "",
        "older": f"Back the database up, then run: {upgrade}",
        "absent": f"Run: {upgrade}",
        "newer": f"Install that version again, or have it run: {downgrade}",
    }[state]


def _cost(engine: Engine) -> str:
    """Say what the upgrade will do and whom it keeps waiting, by the tables as they are."""
    planned = migrations.plan(engine)
    return " ".join(f"Revision {one.revision} {cost}" for one in planned for cost in one.costs)


def sqlite(patient: Patient) -> Iterator[Finding]:
    """Look at what keeps an SQLite file quick and safe."""
    engine = patient.kit.database.engine
    if engine.dialect.name != "sqlite":
        return
    if engine.url.database in (None, "", ":memory:"):
        yield Finding(
            "fail",
            "sqlite",
            "The database lives in memory: every comment is lost when the process ends.",
            "Set COMMENTKIT_DATABASE_URL, or leave it out for a file in the instance folder.",
        )
        return
    with engine.connect() as connection:
        journal, synchronous, keys = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        )
    yield from _journal(str(journal))
    if int(synchronous or 0) < _FULL:
        yield Finding(
            "warn",
            "sqlite",
            "A power loss may take comments that were already acknowledged.",
            "Set PRAGMA synchronous=FULL on the engine you hand over.",
        )
    if not keys:
        yield Finding(
            "warn",
            "sqlite",
            "Foreign keys are not enforced on this engine.",
            "Set PRAGMA foreign_keys=ON when it connects.",
        )


def _journal(mode: str) -> Iterator[Finding]:
    if mode == _WAL:
        yield Finding("ok", "sqlite", "SQLite writes ahead (WAL): readers never wait for writers.")
    else:
        yield Finding(
            "warn",
            "sqlite",
            f"SQLite is in {mode} mode: readers wait whenever somebody comments.",
            "Set PRAGMA journal_mode=WAL on the engine you hand over.",
        )


def host_migrations(patient: Patient) -> Iterator[Finding]:
    """See that the host's Alembic would not drop our tables."""
    if _is_own_file(patient, patient.kit.database.engine):
        return
    migrate = patient.app.extensions.get("migrate")
    given = getattr(migrate, "configure_args", {}).get("include_name")
    for env in _env_files(patient, getattr(migrate, "directory", None)):
        if given is include_name or _passes_include_name(env.read_text("utf-8")):
            yield Finding("ok", "host_migrations", f"{env} leaves our tables alone.")
        else:
            yield Finding(
                "fail",
                "host_migrations",
                f"{env} does not know our tables: 'alembic revision --autogenerate' would "
                "write a revision that drops every comment.",
                "In env.py: 'from commentkit.model import include_name' and "
                "'context.configure(…, include_name=include_name)'.",
            )


def _is_own_file(patient: Patient, engine: Engine) -> bool:
    """Tell whether we keep our own SQLite file in the instance folder, which no host migrates."""
    name = engine.url.database or ""
    own = engine.dialect.name == "sqlite" and not patient.kit.settings.database_url
    return own and Path(name).is_relative_to(patient.app.instance_path)


def _env_files(patient: Patient, directory: str | None) -> list[Path]:
    root = Path(patient.app.root_path)
    folders = [Path.cwd() / directory] if directory else []
    for base in dict.fromkeys((Path.cwd(), root, root.parent)):
        folders += [base / "migrations", base / "alembic"]
    ours = Path(commentkit.__file__).parent
    found = dict.fromkeys((folder / "env.py").resolve() for folder in folders)
    return [env for env in found if env.is_file() and not env.is_relative_to(ours)]


def _passes_include_name(source: str) -> bool:
    """Tell whether a call passes `include_name=` and something of ours is imported."""
    nodes = list(ast.walk(ast.parse(source)))
    passed = any(isinstance(n, ast.keyword) and n.arg == "include_name" for n in nodes)
    imported = any(
        isinstance(n, ast.ImportFrom) and (n.module or "").split(".")[0] == "commentkit"
        for n in nodes
    ) or any(
        isinstance(n, ast.Import) and any(a.name.split(".")[0] == "commentkit" for a in n.names)
        for n in nodes
    )
    return passed and imported
