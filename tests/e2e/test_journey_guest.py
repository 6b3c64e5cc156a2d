"""Guests, on a page of another site and on the Flask article."""

import re

from e2e_support import Demo, Section, number_in
from playwright.sync_api import BrowserContext, expect


def test_a_guest_comments_and_finds_the_comment_again(section: Section, place: str, demo: Demo):
    text = f"Le scarpe, confermo. Scritto su {place}"
    section.write(text)
    section.as_guest("Bruna", "bruna@example.org")
    section.submit.click()
    comment = section.comment(text)
    expect(comment).to_be_visible()
    expect(comment).to_contain_text("Bruna")
    pending = "Il tuo commento è in attesa di moderazione."
    if place.startswith(demo.flask_site):
        expect(comment).to_contain_text(pending)
    section.keeps("")
    section.page.reload()
    expect(section.comment(text)).to_be_visible()


def test_a_pending_comment_is_seen_by_its_author_alone(
    demo: Demo, italian: BrowserContext, new_context
):
    mine = Section.open(italian.new_page(), demo.flask_article)
    mine.write("Questo lo vedo soltanto io.")
    mine.as_guest("Bruna", "bruna@example.org")
    mine.submit.click()
    expect(mine.comment("Questo lo vedo soltanto io.")).to_be_visible()
    theirs = Section.open(new_context(locale="it-IT").new_page(), demo.flask_article)
    expect(theirs.comment("Le scarpe")).not_to_have_count(0)
    expect(theirs.comment("Questo lo vedo soltanto io.")).to_have_count(0)


def test_errors_stand_at_their_fields_and_the_text_stays(section: Section):
    section.write("Un testo che non deve andare perso.")
    section.as_guest("", "anna@")
    section.submit.click()
    expect(section.error("email")).to_contain_text(re.compile(r"@"))
    expect(section.error("name")).not_to_be_empty()
    expect(section.field("email")).to_have_attribute("aria-invalid", "true")
    expect(section.field("email")).to_be_focused()
    section.keeps("Un testo che non deve andare perso.")


def test_the_draft_survives_a_reload(section: Section):
    section.write("Metà di un pensiero")
    section.page.reload()
    section.keeps("Metà di un pensiero")


def test_ctrl_enter_sends_once(demo: Demo, italian: BrowserContext):
    section = Section.open(italian.new_page(), demo.blog_article)
    section.write("Spedito con la tastiera.")
    section.as_guest("Tina", "tina@example.org")
    section.text.focus()
    section.page.keyboard.press("Control+Enter")
    section.page.keyboard.press("Control+Enter")
    expect(section.comment("Spedito con la tastiera.")).to_have_count(1)
    section.page.reload()
    expect(section.comment("Spedito con la tastiera.")).to_have_count(1)


def test_the_same_text_twice_is_refused_kindly(demo: Demo, italian: BrowserContext):
    section = Section.open(italian.new_page(), demo.blog_article)
    for _ in range(2):
        section.write("Detto e ridetto.")
        section.as_guest("Tina", "tina@example.org")
        section.submit.click()
        expect(section.comment("Detto e ridetto.")).to_have_count(1)
    expect(section.error("text")).not_to_be_empty()
    section.keeps("Detto e ridetto.")


def test_a_reply_stands_under_what_it_answers(demo: Demo, italian: BrowserContext):
    section = Section.open(italian.new_page(), demo.blog_article)
    answered = section.root.locator("li[data-comment]", has_text="E d'inverno il vento").first
    answered.locator("[data-action=reply]").first.click()
    expect(section.root.locator("[data-reply-to]")).to_contain_text("Sandro Bellini")
    section.write("D'inverno ci pensa la tramontana.")
    section.as_guest("Tina", "tina@example.org")
    section.submit.click()
    reply = answered.locator("li[data-comment]", has_text="la tramontana")
    expect(reply).to_be_visible()


def test_an_own_comment_is_changed_and_deleted(demo: Demo, italian: BrowserContext):
    section = Section.open(italian.new_page(), demo.blog_article)
    section.write("Con un erore di battitura.")
    section.as_guest("Tina", "tina@example.org")
    section.submit.click()
    mine = section.comment("Con un erore di battitura.")
    mine.locator("[data-action=edit]").click()
    section.root.locator("form[data-form=edit] textarea").fill("Senza errori di battitura.")
    section.root.locator("[data-action=save]").click()
    mine = section.comment("Senza errori di battitura.")
    expect(mine).to_be_visible()
    section.page.on("dialog", lambda dialog: dialog.accept())
    mine.locator("[data-action=delete]").click()
    expect(section.comment("Senza errori di battitura.")).to_have_count(0)


def test_counted_links_say_how_many(demo: Demo, italian: BrowserContext):
    page = italian.new_page()
    page.goto(demo.blog + "/")
    link = page.locator("a[href*=vicino]", has_text=re.compile(r"\d"))
    expect(link).to_have_text("2 commenti")
    page.goto(demo.flask_site + "/?lang=en")
    link = page.locator(".filed a", has_text="comment").last
    expect(link).to_have_text("1 comment")


def test_a_permalink_leads_to_its_comment(demo: Demo, italian: BrowserContext):
    section = Section.open(italian.new_page(), demo.flask_article)
    comment = section.comment("A ciambella")
    expect(comment).to_be_attached()
    anchor = comment.get_attribute("id")
    page = italian.new_page()
    page.goto(f"{demo.flask_article}#{anchor}")
    expect(Section(page).comment("A ciambella")).to_be_in_viewport()


def test_the_count_grows_with_a_comment(demo: Demo, italian: BrowserContext):
    section = Section.open(italian.new_page(), demo.blog_article)
    count = section.root.locator("[data-count-text]")
    before = number_in(count.inner_text())
    section.write("Uno in più.")
    section.as_guest("Tina", "tina@example.org")
    section.submit.click()
    expect(count).to_have_text(f"{before + 1} commenti")


def test_an_english_page_speaks_english(demo: Demo, new_context):
    section = Section.open(new_context().new_page(), demo.english_article)
    section.write("Up here the wind has opinions.")
    said = "Fill in your details below or click an icon to sign in:"
    expect(section.identity).to_contain_text(said)
    section.as_guest("Wendy", "wendy@example.org")
    section.submit.click()
    expect(section.comment("Up here the wind has opinions.")).to_be_visible()
