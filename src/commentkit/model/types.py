"""Column types that behave the same on every database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, LargeBinary, String, Text, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles

Id = BigInteger
Hash = LargeBinary(32).with_variant(mysql.BINARY(32), "mysql", "mariadb")
Blob = LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")


class _ExactLine(mysql.VARCHAR):
    """Text of MySQL's family that is compared byte by byte, trailing spaces included."""


class _ExactText(mysql.MEDIUMTEXT):
    """The same, long."""


@compiles(_ExactLine, "mysql", "mariadb")
@compiles(_ExactText, "mysql", "mariadb")
def _exact(element: Any, compiler: Any, **options: Any) -> str:
    """Name the collation that this server knows: MariaDB and MySQL 8 call theirs differently.

    By the server, not by the address: MariaDB may be addressed as MySQL.
    """
    collation = "utf8mb4_nopad_bin" if compiler.dialect.is_mariadb else "utf8mb4_0900_bin"
    visit = getattr(compiler, f"visit_{element.__visit_name__}")
    return str(visit(element.__class__.__base__(length=element.length, collation=collation)))


LongText = Text().with_variant(_ExactText(), "mysql", "mariadb")


def line(length: int) -> Any:
    """Return a text column of at most `length` characters, compared byte by byte."""
    return String(length).with_variant(_ExactLine(length), "mysql", "mariadb")


class Instant(TypeDecorator[datetime]):
    """An aware UTC time with microseconds; naive times are refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Use six fractional digits where the default has none."""
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC, without an offset where the database has no place for one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored: give it a time zone")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
