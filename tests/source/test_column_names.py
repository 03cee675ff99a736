"""Which field a column's name stands for, in nine languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts.model import FIELD_NAMES
from cxone_async.errors import UnreadableInputError
from cxone_async.source.column_names import likeness, recognise
from cxone_async.source.header import read_header

PHONES = (
    "Telefon", "Handy", "Telefonnummer", "Handynummer", "Mobilnummer", "Rufnummer", "Tel.-Nr.",
    "Festnetz", "Telefon (privat)", "Telefon geschäftlich", "TELEFON*", "Mobiltelefon",
    "Téléphone", "Numéro de téléphone", "N° de téléphone", "Tél. portable", "Portable",
    "Téléphone fixe", "Tél", "Teléfono", "Teléfono móvil", "Número de teléfono", "Móvil",
    "Celular", "Tlf.", "Telefone", "Telemóvel", "Telefone celular", "Fone", "Nº de telefone",
    "Telefono", "Cellulare", "Numero di cellulare", "Recapito telefonico", "Telefoon",
    "Telefoonnummer", "Mobiel", "Mobiele telefoon", "Mobiel nummer", "Numer telefonu",
    "Nr telefonu", "Telefon komórkowy", "Komórka", "Numer telefonu komórkowego",
    "Telefon Numaras\u0131", "Cep Telefonu", "Cep", "GSM No", "İş Telefonu", "Ev telefonu",
    "Phone (mobile)", "Mobile (phone)", "Contact: Phone", "Lead.Phone", "customer_phone",
    "Telefon / Phone", "Phone (Telefon)", "Phone 1 - Value", "Phone [required]", "Tel No",
    "phone2", "CELL PHONE", "Téléphone", "MSISDN",
)  # fmt: skip
EMAILS = (
    "E-Mail", "E-Mail-Adresse", "Emailadresse", "E-Mail privat", "Adresse e-mail", "Courriel",
    "Adresse mail", "Adresse électronique", "Correo", "Correo electrónico", "Email pessoal",
    "Endereço de e-mail", "Correio eletrónico", "Indirizzo e-mail", "Posta elettronica",
    "E-mailadres", "Adres e-mail", "Poczta elektroniczna", "E-posta", "E-posta adresi",
    "Contact: Email", "Contact Email Address", "Kunde: E-Mail", "Email (work)", "E-mail / Courriel",
    "E-mail 1 - Value", "email id",
)  # fmt: skip
FIRST_NAMES = (
    "Vorname", "Rufname", "Prénom", "PRENOM", "Primer nombre", "Primeiro nome", "Nome próprio",
    "Voornaam", "Imię", "First Name", "Contact: First Name", "Vorname / First name",
    "Kunde Vorname", "Given name", "firstName",
)  # fmt: skip
LAST_NAMES = (
    "Nachname", "Familienname", "Zuname", "Nom de famille", "Apellidos", "Primer apellido",
    "Apellido paterno", "Sobrenome", "Último nome", "Cognome", "Achternaam", "Nazwisko",
    "Soyad\u0131",
    "SOYADI", "Soyisim", "Last Name", "Lead: Last Name", "Nachname (Pflichtfeld)", "Surname",
)  # fmt: skip
COUNTRIES = (
    "Land", "Ländercode", "Wohnsitzland", "Pays", "Code pays", "Pays de résidence", "País",
    "Código de país", "País de residência", "Paese", "Nazione", "Landcode", "Kraj", "Kod kraju",
    "Ülke", "Ülke kodu", "Country/Region", "Country (ISO 3166-1 alpha-2)", "Land / Country",
    "Contact: Country", "Mailing Country", "Country name", "Address 1: Country/Region",
)  # fmt: skip
OTHERS = (
    "Phone Type", "Phone Extension", "Telefon Typ", "Telefon/Fax", "Telefax", "Fax",
    "Emergency Contact: Phone", "Company Phone", "No phone", "Phone is mobile", "Mobile Home",
    "Email Status", "Email Opt Out", "Newsletter E-Mail ok", "Mailing address",
    "Phone Country Code",
    "Ländervorwahl", "Bundesland", "Landkreis", "Name", "Nombre", "Nome", "Nom", "Naam", "Ad",
    "Full Name", "Name, Vorname", "Imię i nazwisko", "Apellidos y nombre", "Firma",
    "Ad\u0131 Soyad\u0131",
    "Contact", "Kunde", "Owner: Email", "Segundo apellido", "Tussenvoegsel", "Nationalität",
    "Preferred phone time", "Handyvertrag", "", "*", "1", "Email (Phone)", "Geburtsname",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "name"),
    [
        (field, name)
        for field, names in (
            ("phone", PHONES), ("email", EMAILS), ("first_name", FIRST_NAMES),
            ("last_name", LAST_NAMES), ("country", COUNTRIES), (None, OTHERS),
        )
        for name in names
    ],
)  # fmt: skip
def test_a_name_stands_for_a_field_only_if_all_of_it_is_known(field, name):
    (found,) = recognise([name])
    assert (found.field if found else None) == field


@pytest.mark.parametrize(
    ("names", "first", "last"),
    [
        (("Name", "Vorname"), "Vorname", "Name"),
        (("Nom", "Prénom"), "Prénom", "Nom"),
        (("Nombre", "Apellidos"), "Nombre", "Apellidos"),
        (("Nome", "Cognome"), "Nome", "Cognome"),
        (("Nome", "Sobrenome"), "Nome", "Sobrenome"),
        (("Nome", "Apelido"), "Nome", "Apelido"),
        (("Voornaam", "Naam"), "Voornaam", "Naam"),
        (("Ad", "Soyad"), "Ad", "Soyad"),
        (("İsim", "Soyisim"), "İsim", "Soyisim"),
        (("Name", "Vorname", "Nachname"), "Vorname", "Nachname"),
        (("Nome", "Apelido", "Sobrenome"), "Nome", "Sobrenome"),
        (("Name", "First Name"), "First Name", None),
        (("Nombre",), None, None),
        (("Nome", "Vorname"), "Vorname", None),
    ],
)
def test_half_a_name_counts_only_beside_the_other_half(names, first, last):
    columns = read_header(("Email", *names), {})
    named = [None if index is None else ("Email", *names)[index] for index in columns.indexes]
    assert named[2:4] == [first, last]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        (("Telefon", "Handy"), "phone"),
        (("Telefon", "Phone"), "phone"),
        (("Téléphone fixe", "Téléphone portable"), "phone"),
        (("Telefone", "Telemóvel"), "phone"),
        (("Telefon privat", "Telefon geschäftlich", "E-Mail"), "phone"),
        (("Telefon", "Correo", "Courriel"), "email"),
        (("Telefon", "E-Mail privat", "E-Mail geschäftlich"), "email"),
        (("Telefon", "Land", "Pays"), "country"),
        (("Telefon", "Nachname", "Achternaam"), "last_name"),
        (("Telefon", "Wohnsitzland", "Ländercode"), "country"),
    ],
)
def test_two_candidates_are_refused_in_every_language(header, field):
    with pytest.raises(UnreadableInputError, match=rf"could be {field}: .*--map {field}="):
        read_header(header, {})


@pytest.mark.parametrize(
    ("header", "field", "chosen"),
    [
        (("Telefon", "Land", "Ländercode"), "country", "Land"),
        (("Telefon", "Correo", "Correo trabajo"), "email", "Correo"),
        (("Telefon", "E-Mail", "Correo"), "email", "E-Mail"),
        (("Telefon", "Country", "Land"), "country", "Country"),
    ],
)
def test_a_plain_name_wins_over_one_that_says_more(header, field, chosen):
    columns = read_header(header, {})
    assert header[columns.indexes[FIELD_NAMES.index(field)]] == chosen


@pytest.mark.parametrize(
    "header",
    [("Vorwahl", "Rufnummer"), ("Area Code", "Phone"), ("DDD", "Celular"), ("Prefijo", "Teléfono"),
     ("Prefisso", "Telefono"), ("Netnummer", "Telefoonnummer"), ("Alan Kodu", "Telefon"),
     ("Indicatif régional", "Téléphone"), ("Numer kierunkowy", "Telefon")],
)  # fmt: skip
def test_half_a_phone_is_not_dialled(header):
    with pytest.raises(UnreadableInputError, match=rf"'{header[0]}'.*--ignore-column"):
        read_header(header, {})
    assert read_header(header, {}, ignored=[header[0]]).indexes[0] == 1
    assert read_header(header, {"phone": header[1]}).indexes[0] == 1


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("name", ("Name", "Full Name", "Kundenname", "Nombre", "Name 1", "Imię i nazwisko",
                  "Ansprechpartner", "Contact Name", "Naam", "Middle Name", "Segundo apellido")),
        ("country", ("Lieferland", "Country of origin", "Billing Country", "Rechnungsland",
                     "Pays d'origine", "Kraj pochodzenia")),
        (None, ("Firmenname", "Company Name", "Username", "Dateiname", "Bundesland", "Landkreis",
                "Phone Country Code", "Straßenname", "Campaign name", "Telefon", "Saldo",
                "", "Nationalpark", "Island")),
    ],
)  # fmt: skip
def test_what_may_be_a_name_or_a_country_is_told(kind, names):
    assert {name: likeness(name) for name in names} == dict.fromkeys(names, kind)


@given(st.text(max_size=30))
def test_any_text_can_be_a_column_s_name(name):
    recognise([name])
    likeness(name)


@pytest.mark.slow
def test_a_very_wide_header_is_read_at_once():
    names = ["Telefon", "Vorname", *(f"Name {number}" for number in range(20_000))]
    assert sum(found is not None for found in recognise(names)) == 2
