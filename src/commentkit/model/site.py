"""Sites: registered origins and their rules."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from commentkit.model.base import Base
from commentkit.model.types import Hash, Id, Instant, LongText, line


class Site(Base):
    """A registered site; its id is the first part of every other key."""

    __tablename__ = "commentkit_site"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(line(40), unique=True)
    title: Mapped[str] = mapped_column(line(200))
    language: Mapped[str] = mapped_column(line(20))
    return_url: Mapped[str | None] = mapped_column(LongText)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    private: Mapped[bool] = mapped_column(Boolean, default=False)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)


class SiteOrigin(Base):
    """One origin whose pages may hold the site's threads."""

    __tablename__ = "commentkit_site_origin"

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    origin_hash: Mapped[bytes] = mapped_column(Hash, primary_key=True)
    origin: Mapped[str] = mapped_column(LongText)
