"""The few words of the consent pages, in English and Italian (testing software: no catalogue)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

ENGLISH: Mapping[str, str] = {
    "lang": "en",
    "title": "Sign in with %(provider)s",
    "test": "Test service: no password is asked for and nobody here is real.",
    "wants": "%(client)s would like to know who you are.",
    "gets_profile": "Name and picture",
    "gets_email": "E-mail address",
    "share_email": "Share my e-mail address",
    "choose": "Who do you want to be?",
    "signed_in_as": "You are signed in as",
    "other": "Use another account",
    "no_email": "no e-mail address",
    "unverified": "not verified",
    "continue": "Continue",
    "refuse": "Refuse",
    "sign_out": "Sign out of %(provider)s",
    "goes_to": "You will go back to %(host)s.",
    "error_title": "This request cannot be answered",
    "error_text": "The application that sent you here asked in a way that we do not accept.",
    "home_title": "Identity services for testing",
    "home_text": "They speak the documented protocols of the providers below.",
    "account_title": "Your account at %(provider)s",
    "nobody": "Nobody is signed in here.",
    "faults": "Faults",
    "form_post": "You are being taken back to the application.",
}

ITALIAN: Mapping[str, str] = {
    "lang": "it",
    "title": "Accedi con %(provider)s",
    "test": "Servizio di prova: non chiede password e qui nessuno esiste davvero.",
    "wants": "%(client)s vorrebbe sapere chi sei.",
    "gets_profile": "Nome e immagine",
    "gets_email": "Indirizzo e-mail",
    "share_email": "Comunica il mio indirizzo e-mail",
    "choose": "Chi vuoi essere?",
    "signed_in_as": "Hai effettuato l'accesso come",
    "other": "Usa un altro account",
    "no_email": "nessun indirizzo e-mail",
    "unverified": "non verificato",
    "continue": "Continua",
    "refuse": "Rifiuta",
    "sign_out": "Esci da %(provider)s",
    "goes_to": "Tornerai a %(host)s.",
    "error_title": "Non possiamo rispondere a questa richiesta",
    "error_text": "L'applicazione che ti ha mandato qui ha fatto una richiesta che non accettiamo.",
    "home_title": "Servizi d'identità per le prove",
    "home_text": "Parlano i protocolli documentati dei servizi elencati qui sotto.",
    "account_title": "Il tuo account %(provider)s",
    "nobody": "Nessuno ha effettuato l'accesso qui.",
    "faults": "Guasti",
    "form_post": "Stai tornando all'applicazione.",
}


def page_words() -> Mapping[str, str]:
    """Return the words in the language that the request or the browser asks for; else English."""
    asked = request.args.get("hl") or request.args.get("ui_locales") or ""
    best = request.accept_languages.best_match(["en", "it"], default="en")
    return ITALIAN if (asked[:2] or best) == "it" else ENGLISH
