"""The site's own table, in its own database: commentkit neither needs it nor touches it."""

from datetime import date
from pathlib import Path

from markupsafe import Markup
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

TEXTS = Path(__file__).parent / "texts"


class Base(DeclarativeBase):
    """The host's metadata."""


class Article(Base):
    """One article; its body is HTML written by the site's owner."""

    __tablename__ = "article"

    key: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    author: Mapped[str]
    category: Mapped[str]
    summary: Mapped[str]
    published_on: Mapped[date]
    body: Mapped[str]

    @property
    def body_html(self) -> Markup:
        """The body, trusted because the owner wrote it."""
        return Markup(self.body)


def open_articles(file: Path) -> Engine:
    """Open the site's database, with its articles in it as this checkout has them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{file}")
    Base.metadata.create_all(engine)
    with Session(engine) as db, db.begin():
        for article in first_articles():
            db.merge(article)
    return engine


def newest_first(db: Session) -> list[Article]:
    """List every article."""
    return list(db.scalars(select(Article).order_by(Article.published_on.desc())))


def first_articles() -> list[Article]:
    """Make the articles that the example begins with."""
    return [
        Article(
            key="2013/04/social-media-manager",
            title="Che mestiere fa chi risponde per noi",
            author="Marta Rossi",
            category="SQcuola di Blog",
            summary="Lo chiamano social media manager. Per tre mesi l'ho guardato lavorare, "
            "e quasi mai stava scrivendo.",
            published_on=date(2013, 4, 18),
            body=(TEXTS / "social-media-manager.html").read_text("utf-8"),
        ),
        Article(
            key="2013/03/la-bottega-e-il-registro",
            title="La bottega e il registro dei resi",
            author="Marta Rossi",
            category="Appunti di lavoro",
            summary="Un commerciante di stoffe teneva nota di ogni cliente scontento. "
            "Quel registro valeva più del campionario.",
            published_on=date(2013, 3, 2),
            body=(TEXTS / "la-bottega-e-il-registro.html").read_text("utf-8"),
        ),
    ]
