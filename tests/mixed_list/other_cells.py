"""Every form in which a mixed list writes a country, an email, a name or a do-not-call flag.

Tables B and C of issue 14, and other members of each kind.
"""

import random

from mixed_list.people import Person
from mixed_list.truth import Cell, bad, either, read

_EMPTY = ("#N/A", "N/A", "n.a.", "null", "none", "-", "(blank)", "NULL", "n/a", " ", "None")

_COUNTRY_NAMES = {
    "US": ("USA", "usa", "United States", "United States of America", "U.S.A.",
           "Estados Unidos", "États-Unis",
           "Vereinigte Staaten", "us", "Stati Uniti", "UNITED STATES", "U.S."),
    "CA": ("CAN", "Canada", "canada", "Kanada", "Canadá"),
    "GB": ("GBR", "United Kingdom", "UK", "uk", "Great Britain", "England", "Scotland",
           "Großbritannien",
           "Vereinigtes Königreich", "Royaume-Uni", "Reino Unido", "Wales", "U.K."),
    "DE": ("DEU", "Germany", "Deutschland", "DEUTSCHLAND", "Allemagne", "Alemania", "germany",
           "Federal Republic of Germany", "Germania"),
    "FR": ("FRA", "France", "FRANCE", "Frankreich", "Francia", "French Republic", "França"),
    "AU": ("AUS", "Australia", "Australien", "Australie"),
    "IE": ("IRL", "Ireland", "Irland", "Irlande", "Irlanda"),
    "HU": ("HUN", "Hungary", "Ungarn", "Hongrie"),
    "AT": ("AUT", "Austria", "Österreich", "Autriche", "O\u0308sterreich"),
    "BE": ("BEL", "Belgium", "Belgique", "België", "Belgien"),
    "ES": ("ESP", "Spain", "España", "Espagne", "Spanien", "Espan\u0303a"),
    "IT": ("ITA", "Italy", "Italia", "Italien", "Italie"),
}  # fmt: skip

YES = ("1", "true", "t", "yes", "y", "x", "on", "-1", "1.0", "DNC", "do not call", "opted out",
    "ja", "oui", "sí",
       "si", "sim", "wahr", "vrai", "vero", "verdadero", "2024-05-17", "2024-05-17 10:30:00",
       "17.05.2024",
       "2024-05-17T10:30:00Z", "05/17/2024")  # fmt: skip
NO = ("", "0", "0.0", "false", "f", "no", "n", "off", "nein", "non", "não")
UNCLEAR = ("maybe", "?", "2", "callback", "P", "revoked", "see note", "unknown", "10", "3.5",
    "pending", "ask first",
           "mobile only", "yes until May", "no SMS", "\u2713?", "#REF!", "Q")  # fmt: skip


def flag_cell(wish: str, draw: random.Random) -> Cell:
    """A flag that says `yes`, `no` or `unclear`; which of them stands in `rights`."""
    text = draw.choice({"yes": YES, "no": NO, "unclear": UNCLEAR}[wish])
    if wish != "unclear" and text and draw.random() < 0.5:
        dotted = f"{text}." if text.isalpha() else text
        text = draw.choice((text.upper(), text.title(), f" {text} ", dotted, f"\u200b{text}",
            f"{text}\u00a0",
                            f"\ufeff{text}", f"{text}\u200e", text.swapcase()))  # fmt: skip
    kind = "plain" if text in ("", "0", "no") else f"flag {wish}"
    return read(kind, text, wish)


def empty_flag(draw: random.Random) -> Cell:
    """No value at all, in words. Empty says no; where it is not seen, unclear is the safe side."""
    return read("flag without a value", draw.choice(_EMPTY), "no", "unclear")


def country_cell(person: Person, draw: random.Random) -> Cell:
    """The person's country, in one of all forms; or one that nobody can read."""
    lot = draw.random()
    if lot < 0.45:
        return read("plain", person.country, person.country)
    if lot < 0.94:
        text = draw.choice(_COUNTRY_NAMES[person.country])
        if draw.random() < 0.1:
            text = f" {text}\u00a0"
        return read("name of a country", text, person.country)
    if lot < 0.965 and person.country == "US":
        text = draw.choice(("", *_EMPTY))
        return read("country empty", text, "US")
    if lot < 0.975:
        return read(
            "country not allowed", draw.choice(("JP", "Japan", "Egypt", "SE", "Schweden")), "JP"
        )
    if lot < 0.985:
        return read("country NA", draw.choice(("NA", "Namibia", "NAM")), "NA")
    text = draw.choice(
        ("Narnia", "XX", "ZZ", "Atlantis", "44", "+49", "Europe", "Unland", "??", "US/CA", "123")
    )
    return bad("country unknown", text, "country_unknown")


def plain_email(person: Person, draw: random.Random) -> Cell:
    """A form that nobody can misread."""
    text = draw.choice(
        (person.email, person.email.upper(), f" {person.email} ", person.email.title())
    )
    return read("plain", text, person.email)


def email_cell(person: Person, draw: random.Random) -> Cell:
    """The person's email in one of all forms; or what is none."""
    write = draw.choices(list(_EMAIL_FORMS), list(_EMAIL_FORMS.values()))[0]
    return write(person, draw)


def _wrapped_email(person: Person, draw: random.Random) -> Cell:
    address = person.email
    text = draw.choice(
        (f"Dea <{address}>", f'"Dea, Ada" <{address}>', f"mailto:{address}", f"{address};",
         f"{address}.",
         f"{address},", f'"{address}"', f"'{address}'", f"\ufeff{address}", f"{address}\u200b",
         f"<{address}>",
         f"{address}\u00a0", f"\u200e{address}", f"MAILTO:{address.upper()}", f"{address}\t")
    )  # fmt: skip
    return read("email wrapped", text, address)


def _two_email(person: Person, draw: random.Random) -> Cell:
    address = person.email
    local, _, _domain = address.partition("@")
    mark = draw.choice((";", ",", "; ", ", "))
    return read("two emails", f"{address}{mark}second.{local}@example.org", address, told="any")


def _international_email(person: Person, draw: random.Random) -> Cell:
    address = person.email
    local, _, _domain = address.partition("@")
    label, puny, written = draw.choice(
        (("b\u00fccher", "xn--bcher-kva", ("b\u00fccher", "bu\u0308cher", "xn--bcher-kva",
         "B\u00dcCHER", "XN--BCHER-KVA")),
         ("fa\u00df", "xn--fa-hia", ("fa\u00df", "xn--fa-hia")),
         ("\u4f8b\u3048", "xn--r8jz45g", ("\u4f8b\u3048", "xn--r8jz45g")))
    )  # fmt: skip
    text = f"{local}@{draw.choice(written)}.example.com"
    rights = (f"{local}@{label}.example.com", f"{local}@{puny}.example.com")
    return either("email of an international domain", text, *rights, problem="email_")


def _wide_email(person: Person, draw: random.Random) -> Cell:
    address = person.email
    local, _, domain = address.partition("@")
    text = draw.choice((f"{local}@{domain}".replace(".", "\u3002"), f"{local}@{_wide(domain)}"))
    if "\u3002" in text.partition("@")[0]:
        text = f"{local}@" + domain.replace(".", "\u3002")
    return read("email of a wide domain", text, address)


def _dotted_i_email(person: Person, draw: random.Random) -> Cell:
    address = person.email
    text = f"B\u0130LGE.{address}"
    kept = f"B\u0130LGE.{address}"
    return either(
        "email with a dotted capital I", text, kept, f"b\u0130lge.{address}", problem="email_"
    )


def _unusable_email(person: Person, draw: random.Random) -> Cell:
    address = person.email
    local, _, domain = address.partition("@")
    text = draw.choice(
        ("not an address", f"{local}@", f"@{domain}", f"{local}@@{domain}",
         f"{local} @ {domain} x", "a@b",
         f"{local}@example..com", f"{local}@-example.com", "12025550143", "#REF!",
         f"{local}.{domain}",
         f"{local}***@{domain}", f".{local}@{domain}", "see notes", f"{local}@example,com")
    )  # fmt: skip
    if text == "#REF!":
        return either("email unusable", text, "", problem="email_")
    if "***" in text:
        return either("email masked", text, text.lower(), problem="email_")
    return bad("email unusable", text, "email_")


def _empty_email(person: Person, draw: random.Random) -> Cell:
    return read("email empty", draw.choice(("", *_EMPTY)), "")


def _unmeant_email(person: Person, draw: random.Random) -> Cell:
    address = person.email
    local, _, domain = address.partition("@")
    return either("email in words", f"{local} at {domain}", address, problem="email_")


_EMAIL_FORMS = {
    _wrapped_email: 6,
    _two_email: 2,
    _international_email: 3,
    _wide_email: 1,
    _dotted_i_email: 1,
    _unusable_email: 3,
    _empty_email: 3,
    _unmeant_email: 1,
}


def _wide(text: str) -> str:
    return "".join(
        chr(ord(character) + 0xFEE0) if character.isalnum() else character for character in text
    )


def first_name_cell(person: Person, draw: random.Random) -> Cell:
    return _name_cell(person.first_name, draw)


def last_name_cell(person: Person, draw: random.Random) -> Cell:
    lot = draw.random()
    if lot < 0.01:
        # A person whose name is Null, beside a first name.
        return read("a person of the name Null", *[draw.choice(("Null", "Nan"))] * 2)
    if lot < 0.02:
        return either("a Dutch apostrophe", "'t Hooft", "'t Hooft", "t Hooft", problem="")
    return _name_cell(person.last_name, draw)


def plain_name(name: str) -> Cell:
    return read("plain", name, name)


def _name_cell(name: str, draw: random.Random) -> Cell:
    lot = draw.random()
    if lot < 0.7:
        return read("plain", name, name)
    if lot < 0.78:
        return read("a spreadsheet's name", draw.choice((f'="{name}"', f"'{name}")), name)
    if lot < 0.86:
        mark = draw.choice(
            (
                "\u200b",
                "\ufeff",
                "\u202a",
                "\u202e",
                "\u200e",
                "\u0007",
                "\u2066",
                "\u2060",
                "\x1b",
                "\x85",
            )
        )
        place = draw.choice((0, 1, len(name)))
        before, after = name[:place], name[place:]
        rights = (
            {before + after} if mark != "\x85" else {f"{before} {after}".strip(), before + after}
        )
        return read("a name with invisible characters", before + mark + after, *rights)
    if lot < 0.9:
        persian = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"
        return read(
            "a name with a joiner",
            draw.choice((persian, f"{persian}\u200c", f"\u200d{persian}")),
            persian,
        )
    if lot < 0.94:
        return read("a name with odd spaces", f"  {name}\u00a0\t van  Dyk ", f"{name} van Dyk")
    return read(
        "a name that is none",
        draw.choice(("#REF!", "\\N", "-", ".", "#N/A", "N/A", "", "(blank)", "#VALUE!")),
        "",
    )
