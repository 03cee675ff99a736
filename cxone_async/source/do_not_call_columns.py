"""Which columns speak of do-not-call, by their names.

A column's name has one of four meanings:

* FLAG: the name of a do-not-call flag. The column is read.
* LIKE_FLAG: the name speaks of do-not-call, but the column may hold something else.
* LIKE_CONSENT: the name speaks of the opposite. Read as a flag, it would call those who refused
  and nobody else.
* OTHER: anything else. A column about another channel, such as `Email Opt Out`, is one.

Only OTHER may be left out without a word from the user: a list with a do-not-call column that
nobody reads calls people who asked not to be called.

Names are compared without regard to case, accents and anything that is no letter or digit. They
are in English, German, French, Spanish, Italian, Portuguese, Dutch and the Scandinavian languages.
"""

import re
import unicodedata
from enum import Enum, auto
from typing import Final


class ColumnMeaning(Enum):
    """What a column's name says of do-not-call."""

    FLAG = auto()
    LIKE_FLAG = auto()
    LIKE_CONSENT = auto()
    OTHER = auto()


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# What a flag is called, without the words around it (`_BEFORE`, `_AFTER`).
_FLAGS: Final = frozenset(
    _names(
        # English
        "dnc dncl dncr donotcall donotphone donotcontact donottelephone donotdial donotring "
        "dontcall dontphone dontcontact nevercall nevercontact nocall nocalls nocontact "
        "optout optedout optsout optedoutofcall optedoutofcalls optedoutofphone "
        "optoutofcall optoutofcalls unsubscribe unsubscribed nottobecalled notocall nosolicit "
        "donotsolicit donotdisturb callsoptout callsoptedout nophonecalls donotmakecalls "
        "tps ctps "
        # German
        "nichtanrufen keineanrufe keinanruf nichttelefonieren nichtkontaktieren "
        "keintelefonkontakt keinkontakt robinson robinsonliste anrufsperre anrufverbot "
        "telefonsperre werbesperre kontaktsperre nichtansprechen "
        # French
        "nepasappeler neplusappeler nepastelephoner nepascontacter nepluscontacter "
        "nepasdemarcher pasdappel pasdappels bloctel "
        # Spanish
        "nollamar nocontactar notelefonear nomolestar listarobinson nodesealamadas nollamadas "
        "nodesearecibirllamadas nodeseallamadas "
        # Italian
        "nonchiamare nontelefonare noncontattare nondisturbare registroopposizioni "
        "registrodelleopposizioni registropubblicodelleopposizioni iscrittoregistroopposizioni "
        # Portuguese
        "naoligar naotelefonar naochamar naocontactar naocontatar naoperturbe naoperturbar "
        "naomeperturbe naoincomodar "
        # Dutch
        "nietbellen nietopbellen nietcontacteren nietbenaderen belmeniet belmenietregister "
        "geencontact geentelefoon nietcontact "
        # Danish, Norwegian, Swedish
        "ringikke maikkeringes kontaktikke ikkering robinsonlisten ringinte ringej "
        "kontaktainte kontaktaej nixtelefon nixregistret"
    )
)
_BEFORE: Final = _names(
    "is has on flag national federal state internal company customer contact lead person client "
    "phone mobile cell telephone tel telefon telefono telefone telephonique call calls calling "
    "voice please bitte global crm hat ist est es e"
)
_AFTER: Final = _names(
    "flag flags status list listed register registry registered yn indicator ind date phone calls "
    "call telephone telefon c liste lista"
)

# Parts of a name that make it speak of do-not-call. Long enough not to be found by accident.
_LIKE_FLAG: Final = _names(
    "dnc donotcall dontcall donotphone donotcontact dontcontact donotdial donotring donottext "
    "donotsms donotdisturb nevercall nocontact nottocall nottobecalled optout optedout optsout "
    "optingout unsubscrib suppress blacklist blocklist denylist stoplist stopcall callblock "
    "nosolicit donotsolicit nomarketing donotmarket litigator refusescall callsrefused "
    "removefromlist removefromcalling telephonepreference excludefromcall wrongtocall "
    "nichtanruf nichtkontakt robinson anrufsperr anrufverbot telefonsperr werbesperr kontaktsperr "
    "sperrliste sperrvermerk sperrkennzeichen gesperrt widerspruch widersprochen werbeverbot "
    "keineanruf keinanruf keinewerbung abgemeldet keintelefon "
    "nepasappel neplusappel nepascontact nepluscontact nepasdemarch nepastel bloctel opposition "
    "opposeau listerouge listenoire desinscri refusdappel refusdemarchage refuseappel "
    "nollamar nocontactar nomolestar notelefonear listanegra dadodebaja oposicion excluido "
    "nonchiamare noncontatt nontelefon opposizion disiscritt listanera nondisturb "
    "naoligar naotelefon naocontact naocontat naoperturb naochamar descadastr oposicao "
    "nietbellen nietopbellen nietcontact nietbenader belmeniet uitgeschreven afgemeld "
    "rechtvanverzet ringikke ringinte kontaktaej kontaktainte nixregist reserveretmod"
)
_LIKE_FLAG_WORDS: Final = frozenset(
    _names(
        "dnd dno tps ctps rpo nix blocked blacklisted gesperrt baja opposition oppose opposizione "
        "verzet bloqueado bloccato geblokkeerd nocall nocalls nophone optouts"
    )
)
_LIKE_CONSENT: Final = _names(
    "consent permission oktocall oktocontact oktophone oktodial okaytocall okaytocontact maycall "
    "maywecall maycontact maywecontact cancall canwecall cancontact canwecontact mayphone optin "
    "optedin optsin optingin allowcall allowscall allowcontact allowphone allowedtocall "
    "allowedtocontact callallowed callsallowed callingallowed phoneallowed contactallowed "
    "callpermitted contactpermitted agreetocall agreedtocall agreetocontact agreedtocontact "
    "agreestocall agreestocontact acceptscall acceptcall acceptsmarketing acceptsphone "
    "acceptscontact "
    "authorizedtocall authorisedtocall approvedtocall eligibletocall wantscall wantstobecalled "
    "callme pleasecall contactme marketingallowed marketingpermitted callable contactable "
    "einwillig eingewilligt zustimmung zugestimmt anruferlaubt anruferlaubnis darfangerufen "
    "telefonerlaubnis werbeerlaubnis kontakterlaubnis kontakterlaubt einverstand "
    "peutetreappele accordappel accordtelephon acceptedetre accepteappel accepteletre "
    "accepteletel autorisation consintio consiente aceptallamad aceptacontact autorizacion "
    "autorizado permisollamad permisocontact permiteellamad permitellamad consenso "
    "autorizzazione autorizzat autorizacao aceitaligac aceitacontat aceitacontact permiteligac "
    "permitecontat toestemming magbellen maggebeld magcontact akkoordbellen samtyk samtyck"
)
_LIKE_CONSENT_WORDS: Final = frozenset(
    _names("subscribed callable contactable accord consent permission permitted optin permiso")
)

# Channels that a call does not use. SMS is not one of them: it goes to the same number.
_OTHER_CHANNELS: Final = re.compile(
    r"e ?mails?|mailing|mail|newsletter|fax|post|postal|letters?|direct mail|whats ?app|push|web|"
    r"cookies?|brief|correo|courriel|courrier|posta|nieuwsbrief|infolettre|boletin|bulk email"
)
_VOICE: Final = (
    "call", "phone", "tel", "mobile", "cell", "anruf", "appel", "llam", "chiam", "ligar", "ligac",
    "bel", "ring", "dnc", "contact", "kontakt", "all", "any",
)  # fmt: skip


def meaning_of(name: str) -> ColumnMeaning:
    """Say what a column's name says of do-not-call."""
    words = _words(name)
    key = "".join(words)
    if not key:
        return ColumnMeaning.OTHER
    if _is_flag(key):
        return ColumnMeaning.FLAG
    if _is_of_another_channel(words):
        return ColumnMeaning.OTHER
    # `unsubscribed` and `no consent` hold the words of a consent, so they are looked for first.
    if any(part in key for part in _LIKE_FLAG) or not _LIKE_FLAG_WORDS.isdisjoint(words):
        return ColumnMeaning.LIKE_FLAG
    if any(part in key for part in _LIKE_CONSENT) or not _LIKE_CONSENT_WORDS.isdisjoint(words):
        return ColumnMeaning.LIKE_CONSENT
    return ColumnMeaning.OTHER


def _words(name: str) -> list[str]:
    """Return the words of a name: `HasOptedOutOfCall` and `has_opted-out of call` are one."""
    decomposed = unicodedata.normalize("NFKD", name[:_LONGEST_NAME])
    text = "".join(one for one in decomposed if unicodedata.category(one) not in ("Mn", "Cf"))
    text = _APOSTROPHES.sub("", text)
    return _WORD.findall(_CAMEL.sub(" ", text).casefold())


_LONGEST_NAME: Final = 200
_APOSTROPHES: Final = re.compile("['\u2019`\u00b4]")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_WORD: Final = re.compile(r"[^\W_]+")


def _is_flag(key: str) -> bool:
    while key not in _FLAGS:
        for before in _BEFORE:
            if key.startswith(before) and _has_flag_in(key[len(before) :]):
                key = key[len(before) :]
                break
        else:
            after = next((after for after in _AFTER if key.endswith(after)), None)
            if after is None:
                return False
            key = key[: -len(after)]
    return True


def _has_flag_in(key: str) -> bool:
    return any(flag in key for flag in _FLAGS)


def _is_of_another_channel(words: list[str]) -> bool:
    key = "".join(words)
    text = " ".join(words)
    if not re.search(rf"\b(?:{_OTHER_CHANNELS.pattern})\b", text) and not key.startswith("email"):
        return False
    rest = re.sub(rf"\b(?:{_OTHER_CHANNELS.pattern})\b|^email", "", text)
    return not any(voice in rest for voice in _VOICE)
