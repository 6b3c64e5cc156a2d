"""What people have said on the demo's pages before you come: all of them invented."""

from dataclasses import dataclass

NOTEBOOK, BLOG = "notebook", "blog"
"""The names of the two sites."""


@dataclass(frozen=True)
class Speaker:
    """Somebody who comments, and who vouches for them; nobody does for a guest."""

    name: str
    provider: str = "guest"
    website: str | None = None


@dataclass(frozen=True)
class Said:
    """One comment, so many hours before the demo first ran, and its replies."""

    who: Speaker
    hours_ago: float
    text: str
    replies: tuple["Said", ...] = ()
    pending: bool = False


@dataclass(frozen=True)
class Conversation:
    """The thread of one page."""

    site: str
    key: str | None
    path: str
    title: str
    language: str
    said: tuple[Said, ...]


MARTA = Speaker("Marta Rossi", "wordpress")
DAVIDE = Speaker("Davide Neri", "google")
TERESA = Speaker("Teresa Vianello", "facebook")
NINO = Speaker("Nino")
IRENE = Speaker("Irene Galli", "wordpress", "https://irenegalli.example/")
SANDRO = Speaker("Sandro Bellini", "x")
OLGA = Speaker("Olga P.", website="https://olga.example/")
TOM = Speaker("Tom Ashby", "google")
PAOLO = Speaker("Paolo Serra", "facebook")
ETTORE = Speaker("Ettore, terzo piano")
RUTH = Speaker("Ruth Okafor", "x")

CONVERSATIONS = (
    Conversation(
        NOTEBOOK,
        "2013/04/social-media-manager",
        "/2013/04/social-media-manager",
        "Che mestiere fa chi risponde per noi",
        "it",
        (
            Said(
                TERESA,
                93,
                "Ho fatto questo lavoro per sei anni in un'azienda di rubinetti. La parte della "
                "carta oleata la conosco bene: da noi era una guarnizione. La segnalai a marzo, "
                "la cambiarono a novembre, e nel frattempo scrissi **duecento** volte «ci dispiace "
                "per l'inconveniente».",
                (
                    Said(
                        DAVIDE,
                        91.5,
                        "Quelle duecento volte le ho contate anch'io, su un altro foglio a "
                        "quadretti. Secondo me è il numero da portare in riunione: non quanti «mi "
                        "piace», ma quante volte abbiamo chiesto scusa per la stessa cosa.",
                        (
                            Said(
                                TERESA,
                                90,
                                "L'ho portato. Mi hanno chiesto se si poteva fare un grafico.",
                                (
                                    Said(
                                        NINO,
                                        71,
                                        "E l'hanno fatto a torta, scommetto.",
                                        (
                                            Said(
                                                TERESA,
                                                70.2,
                                                "A ciambella. Con il logo in mezzo.",
                                            ),
                                        ),
                                    ),
                                ),
                            ),
                        ),
                    ),
                    Said(
                        MARTA,
                        88,
                        "Da marzo a novembre sono otto mesi: dice qualcosa su quanto è lungo il "
                        "banco, oggi. Grazie, questa storia me la segno sul quaderno nero.",
                    ),
                ),
            ),
            Said(
                SANDRO,
                66,
                "Bello, ma un po' romantico. In un ufficio vero chi telefona al forno "
                "«si allarga». La prima cosa da chiedere al colloquio mi pare un'altra: "
                "*a chi posso telefonare senza chiedere il permesso?*",
                (
                    Said(
                        IRENE,
                        64,
                        "Questa è la quarta domanda, e forse andrebbe per prima. Ne ho scritto "
                        "qui, dal punto di vista di chi assume: "
                        "https://irenegalli.example/chi-telefona-a-chi",
                        (
                            Said(
                                SANDRO,
                                63.5,
                                "Letto. «Il permesso dura quanto il capo che l'ha dato» "
                                "lo appendo in corridoio.",
                            ),
                        ),
                    ),
                ),
            ),
            Said(
                OLGA,
                41,
                "Dall'altra parte del banco, da cliente: la volta che mi hanno richiamata, "
                "ho continuato a comprare da loro per dieci anni. Non era nemmeno per darmi "
                "ragione. Volevano sapere a che ora avevo aperto il pacco.\n\n> in modo che "
                "l'azienda sentisse\n\nEcco, quello.",
            ),
            Said(
                NINO,
                5,
                "Io il portiere d'albergo l'ho fatto davvero. Confermo tutto, tranne una cosa: "
                "le stanze non le ricordi. Ti ricordi le scarpe.",
                (
                    Said(
                        MARTA, 3.2, "Le scarpe! Lo rubo per il prossimo articolo, con la firma tua."
                    ),
                ),
            ),
            Said(
                Speaker("Gino M."),
                1.5,
                "Articolo interessante, ma secondo me i biscotti di cui parlate si riconoscono "
                "benissimo. Si può dire la marca?",
                pending=True,
            ),
        ),
    ),
    Conversation(
        NOTEBOOK,
        "2013/03/la-bottega-e-il-registro",
        "/2013/03/la-bottega-e-il-registro",
        "La bottega e il registro dei resi",
        "it",
        (
            Said(
                OLGA,
                240,
                "«Non le piace più, e non sa dire come mai.» Ho restituito così un matrimonio.",
            ),
        ),
    ),
    Conversation(
        BLOG,
        None,
        "/it/pomodori-al-vento.html",
        "Pomodori al vento",
        "it",
        (
            Said(
                IRENE,
                52,
                "Confermo per i vasi alti: il mio è finito sul terrazzo dell'avvocato, "
                "che adesso coltiva ciliegini e non lo ammette.",
                (
                    Said(PAOLO, 50, "Un travaso riuscito, in fondo."),
                    Said(NINO, 49, "L'avvocato dirà che è usucapione."),
                ),
            ),
            Said(
                OLGA,
                30,
                "Per le legature uso strisce di vecchie lenzuola, annodate così:\n\n"
                "1. un giro largo attorno alla canna\n2. un incrocio\n3. un giro **lento** attorno "
                "al fusto\n\nDurano due stagioni e si compostano.",
            ),
            Said(
                SANDRO,
                8,
                "E d'inverno il vento delle tre c'è ancora, o va in letargo con la scuola?",
                (
                    Said(
                        PAOLO,
                        6.5,
                        "C'è, ma arriva alle quattro. Credo che segua la campanella.",
                    ),
                ),
            ),
        ),
    ),
    Conversation(
        BLOG,
        None,
        "/it/il-vicino-del-terzo.html",
        "Il vicino del terzo",
        "it",
        (
            Said(
                ETTORE,
                120,
                "Confermo quanto scritto. Il catino però era di rame.",
                (Said(PAOLO, 119, "Correggo. E ringrazio per il pesto."),),
            ),
        ),
    ),
    Conversation(
        BLOG,
        None,
        "/en/what-a-balcony-knows.html",
        "What a balcony knows",
        "en",
        (
            Said(
                RUTH,
                100,
                "The empty pot is the best advice on this site. Mine was taken over by a "
                "seedling I could not name until August. It was a pear.",
                (
                    Said(TOM, 98, "From a pip? On a balcony? Please say there are photographs."),
                    Said(RUTH, 97.5, "There is one, and my thumb is in all of it."),
                ),
            ),
            Said(
                TOM,
                20,
                "I would add a fourth: write down what you *ate*, not what you planted. "
                "The two lists have never met.",
            ),
        ),
    ),
)
