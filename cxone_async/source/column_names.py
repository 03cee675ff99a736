"""Which field a column's name stands for, in the languages that contact centres work in.

Names are in English, German, French, Spanish, Portuguese, Italian, Dutch, Polish and Turkish.
Case, accents, spaces, underscores and punctuation make no difference. These say the same as
`Telefon`:

* words that do not change the meaning, such as a kind or a mark: `Telefon (privat)`, `Telefon*`;
* whose field it is: `Kunde: Telefon`, `Contact.Phone`, `Customer Phone`;
* two languages: `Telefon / Phone`, `Phone (Telefon)`.

Every word of a name has to be known. `Phone Type`, `Emergency Phone` and `Telefon/Fax` are none.

A word that is a whole name in one list and a first or last name in another counts only beside its
counterpart: `Name` is a last name beside `Vorname`, `Nombre` a first name beside `Apellidos`. Alone
it is not used, but `likeness` tells that it looks like a name.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from cxone_async.contacts.model import FieldName
from cxone_async.source.column_keys import listed, looks_like_data
from cxone_async.source.do_not_call_columns import ColumnMeaning, meaning_of

Likeness = Literal["name", "country"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that say what kind of phone or email it is, or nothing at all. Accents are left out.
_KINDS: Final = _words(
    "home work private privat privates prive privee perso personal personnel personnelle personale "
    "particulier pessoal particular casa domicile domicilio domowy prywatny privado privada "
    "privato privata ev business office professional geschaftlich geschaeftlich dienstlich "
    "beruflich arbeit buro buero bureau travail professionnel professionnelle pro trabajo oficina "
    "trabalho escritorio comercial profissional lavoro ufficio aziendale lavorativo werk zakelijk "
    "zakelijke kantoor sluzbowy sluzbowa main primary principal principale haupt hoofd glowny ana "
    "other another alternate alternative alt secondary second daytime evening direct value "
    "contact kontakt kontaktowy contacto contatto contato iletisim de del della dell di da do of "
    "the la le el il num nbr nr numero numer nummer number numara numarasi"
)
_PHONES: Final = _words(
    "phone phones telephone telephon tel telefon telefono telefone telefoon telefonu telefonnummer "
    "telefonnr telefonnumber telefoonnummer telefoonnr telnr telno telnummer telnumber tlf tlfno "
    "tlfn telf tfno fone fon phonenumber phoneno rufnummer rufnr handy handynummer handynr "
    "mobiltelefon mobilfunk mobilfunknummer mobilnummer mobilnr mobil mobile mobilephone "
    "mobilenumber mobileno cell cellphone cellnumber cellular celular cellulare movil telemovel "
    "mobiel mobiele mobielnummer gsm gsmnummer msisdn landline festnetz festnetznummer "
    "festnetztelefon komorka komorkowy komorkowego cep ceptel ceptelefonu telefonico telefonica "
    "telefonkontakt privattelefon diensttelefon geschaftstelefon homephone workphone"
)
_WITH_PHONES: Final = _KINDS | _words(
    "portable fixe fijo fisso fixo vast vaste stacjonarny sabit landline international national "
    "e164 recapito komorkowe fisico"
)
_PHONE_NAMES: Final = _words(
    "portable numeroportable noportable nportable numerodeportable numportable contactnumber "
    "istelefonu istel isyeritelefonu callnumber "
    "phone phonenumber phoneno mobile mobilephone mobilenumber mobileno mobilephonenumber "
    "cell cellphone cellnumber cellphonenumber cellular telephone telephonenumber telephoneno "
    "tel telno telnumber contactnumber contactphone primaryphone homephone homephonenumber "
    "hometelephone workphone workphonenumber worktelephone businessphone officephone "
    "daytimephone eveningphone otherphone alternatephone alternativephone altphone "
    "secondaryphone secondphone personalphone directphone mobiletelephone phonemobile "
    "phonehome phonework landline landlinephone msisdn"
)
_NO_PHONES: Final = _words("mobilehome mobilhome casamobile casamovil homecell mobileoffice")

_EMAILS: Final = _words(
    "email emails emailaddress emailaddr emailid emailadresse emailadres mailadresse mailadres "
    "courriel eposta epost emailprivat"
)
_WITH_EMAILS: Final = _KINDS | _words(
    "address addr adresse adres adresi adress id direccion endereco indirizzo"
)
_EMAIL_NAMES: Final = _words(
    "mail correo correoelectronico correoe adressemail adressemel mel adresseelectronique "
    "postaelettronica indirizzomail indirizzodipostaelettronica indirizzoelettronico "
    "direccionelectronica direcciondecorreo direcciondecorreoelectronico enderecoeletronico "
    "correioeletronico correioelectronico enderecodecorreioeletronico "
    "enderecodecorreioelectronico adreselektroniczny pocztaelektroniczna "
    "adrespocztyelektronicznej mailprivat mailgeschaftlich mailgeschaeftlich mailpro mailperso "
    "mailprofessionnel mailpersonnel elektronischeadresse contactmail elektronikposta"
)
_COUNTRIES: Final = _words("country land pays pais paese nazione kraj panstwo ulke")
_WITH_COUNTRIES: Final = _words(
    "code codes iso iso2 iso3 alpha alpha2 alpha3 name of residence residencia residenza "
    "zamieszkania residentie home mailing address adresse region "
    "wohnsitz codigo codice kod kodu adi de do di del da van "
    "cod"
)
_COUNTRY_NAMES: Final = _words(
    "countrycode countryiso isocountry isocountrycode landcode landescode landercode laendercode "
    "landkurzel landerkurzel laenderkuerzel landeskurzel landeskuerzel wohnland wohnsitzland "
    "landnaam kodkraju kodpanstwa isoland"
)
_FIRST_NAMES: Final = _words(
    "firstname first firstnames fname givenname givennames given forename forenames vorname "
    "vornamen rufname prenom prenoms prenomusuel primernombre nombredepila primeironome "
    "nomeproprio voornaam voornamen roepnaam imie imiona ilkad ilkisim"
)
_LAST_NAMES: Final = _words(
    "lastname last lastnames lname surname surnames familyname nachname nachnamen familienname "
    "zuname nomdefamille apellido apellidos primerapellido apellidopaterno cognome cognomi "
    "sobrenome sobrenomes ultimonome nomedefamilia achternaam familienaam nazwisko soyad soyadi "
    "soyisim soyismi"
)
_HALVES: Final[Mapping[str, FieldName]] = {
    **dict.fromkeys(_FIRST_NAMES, "first_name"),
    **dict.fromkeys(_LAST_NAMES, "last_name"),
}
# Whole names in one list, halves of a name in another: by the names beside which they are halves.
_BESIDE: Final[tuple[tuple[FieldName, frozenset[str], frozenset[str]], ...]] = (
    ("last_name", _words("name"), _words("vorname vornamen rufname")),
    ("last_name", _words("nom noms"), _words("prenom prenoms")),
    ("last_name", _words("naam"), _words("voornaam roepnaam")),
    ("last_name", _words("apelido apelidos"), _words("nome nomeproprio primeironome")),
    (
        "first_name",
        _words("nombre nombres"),
        _words("apellido apellidos primerapellido apellidopaterno"),
    ),
    (
        "first_name",
        _words("nome"),
        _words("cognome cognomi sobrenome sobrenomes apelido apelidos ultimonome"),
    ),
    ("first_name", _words("ad adi isim ismi"), _words("soyad soyadi soyisim soyismi")),
)

# The plain word of each language. It is preferred to names that say more, as `Email` is.
_PLAIN: Final[Mapping[FieldName, frozenset[str]]] = {
    "email": _words("mail correo courriel eposta correoelectronico emailadresse"),
    "first_name": _words("vorname prenom voornaam imie"),
    "last_name": _words("nachname nomdefamille apellidos cognome sobrenome achternaam "
                        "nazwisko soyad soyadi"),
    "country": _COUNTRIES,
}  # fmt: skip

_WHOSE: Final = _words(
    "contact contacts lead leads customer customers client clients person kunde kunden kundin "
    "kontakt kontakte contacto contactos cliente clientes clienti contatto contato klient klienta "
    "klant contactpersoon ansprechpartner persoon personne musteri interessent patient mitglied "
    "member"
)
_MARKS: Final = _KINDS | _WHOSE | _words(
    "required optional mandatory pflicht pflichtfeld pflichtangabe obligatoire facultatif "
    "obligatorio opcional obbligatorio facoltativo verplicht optioneel wymagane zorunlu e164 iso "
    "iso2 iso3 iso3166 iso31661 iso31661alpha2 alpha2 alpha3 international nationalformat region"
)  # fmt: skip

_OF_NAMES: Final = _FIRST_NAMES | _LAST_NAMES | _words(
    "name names namen nom noms nombre nombres nome nomi naam apelido apelidos ad adi isim ismi "
    "fullname nazwa ansprechpartner kontaktperson contactpersoon"
) - _words("first last given")  # fmt: skip
_OF_NO_PERSON: Final = _words(
    "company companyname firma firmenname firmy account accountname organisation organization org "
    "unternehmen entreprise societe empresa azienda bedrijf bedrijfsnaam sirket user username "
    "benutzer benutzername login usuario utilisateur file filename datei dateiname list listname "
    "campaign kampagne product produkt produit producto prodotto project projekt domain host "
    "hostname street strasse strassenname ort ortsname stadt city ville ciudad town event store "
    "shop bank brand team queue agent owner field column source table job school hotel country "
    "countryname nickname spitzname adsource"
)
_OF_COUNTRIES: Final = _COUNTRIES | _COUNTRY_NAMES | _words(
    "countries countryname kraju panstwa lieferland rechnungsland herkunftsland heimatland"
)  # fmt: skip
_OF_NO_COUNTRY: Final = _PHONES | _words("dial dialling dialing calling vorwahl prefix")

_AREA_CODES: Final = _words(
    "areacode phoneareacode vorwahl ortsvorwahl ortsnetzkennzahl ortskennzahl indicatifregional "
    "prefijo codigodearea codigoarea lada ddd prefixo indicativo prefissotelefonico prefisso "
    "netnummer kengetal kierunkowy numerkierunkowy alankodu citycode stdcode phoneprefix "
    "telefonvorwahl vorwahlnummer areacodephone areakod"
)

_LONGEST_NAME: Final = 200
_WITHOUT_DECOMPOSITION: Final = str.maketrans("ıłøđŁØĐ", "ilodLOD")
_APOSTROPHES: Final = re.compile("['\u2019`\u00b4]")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_WORD: Final = re.compile(r"[^\W_]+")
_BETWEEN_PARTS: Final = re.compile(
    r"[/|()\[\]{}<>:;,\r\n\t\u00b7\u2022\u2013\u2014]|\s-\s|\.(?=[^\W\d_]{3})"
)
_JOINED: Final = {("e", "mail"): "email", ("e", "mails"): "email", ("e", "posta"): "eposta",
                  ("e", "mailadres"): "emailadres", ("e", "mailadresse"): "emailadresse",
                  ("e", "mailaddress"): "emailaddress", ("e", "164"): "e164",
                  ("mail", "adresse"): "mailadresse",
                  ("iso", "2"): "iso2", ("iso", "3"): "iso3"}  # fmt: skip
_ARTICLES: Final = _words("de di do del")


@dataclass(frozen=True, slots=True)
class Recognised:
    """The field that a name stands for. Of several columns of a field, the lowest rank wins.

    `rank` is 0 for the field's own name, 1 for the plain word of a language, 2 for any other name,
    3 for a name that counts only beside another column.
    """

    field: FieldName
    rank: int


def recognise(names: Sequence[str]) -> list[Recognised | None]:
    """Return the field that each name of a header stands for."""
    keys = ["".join(_words_of(name)) for name in names]
    present = frozenset(keys)
    return [_recognise(name, key, present) for name, key in zip(names, keys, strict=True)]


def _recognise(name: str, key: str, present: frozenset[str]) -> Recognised | None:
    field = _certain_field(name)
    if field is not None:
        is_own = key == field.replace("_", "")
        return Recognised(field, 0 if is_own else 1 if key in _PLAIN.get(field, ()) else 2)
    for half, own, partners in _BESIDE:
        if key in own and not present.isdisjoint(partners):
            return Recognised(half, 3)
    return None


def likeness(name: str) -> Likeness | None:
    """Say whether a column looks as if it held names or countries of people."""
    words = _words_of(name)
    if any(word in _OF_COUNTRIES for word in words) and _OF_NO_COUNTRY.isdisjoint(words):
        return "country"
    looks_like_a_name = any(
        word in _OF_NAMES or (len(word) > 4 and word.endswith(("name", "naam"))) for word in words
    )
    if (looks_like_a_name or "".join(words) in _OF_NAMES) and _OF_NO_PERSON.isdisjoint(words):
        return "name"
    return None


def is_known(names: Sequence[str]) -> bool:
    """Say whether a header has a name that means something here, so that it is one.

    Where it has none, the file may have no header, and the names be a contact's.
    """
    return any(known is not None for known in recognise(names)) or any(
        likeness(name) or meaning_of(name) is not ColumnMeaning.OTHER for name in names
    )


def found_names(names: Sequence[str]) -> str:
    """Return the part of a message that says what columns there are. Messages are logged."""
    if is_known(names) or any(map(looks_like_data, names)):
        return f"the columns found are {listed(names)}"
    return (
        "no column that was found has a name that is known (is the header missing?); "
        "`cxone-async columns` shows the names"
    )


def is_area_code(name: str) -> bool:
    """Say whether a column holds area codes, so that another holds phones without them."""
    return "".join(_words_of(name)) in _AREA_CODES


def _certain_field(name: str) -> FieldName | None:
    field = _field_of_words(_words_of(name)) or _field_of_parts(name)
    speaks_of_calls = field is not None and meaning_of(name) is not ColumnMeaning.OTHER
    return None if speaks_of_calls else field


def _field_of_parts(name: str) -> FieldName | None:
    parts = [words for part in _BETWEEN_PARTS.split(name) if (words := _words_of(part))]
    fields = {
        field
        for words in parts
        if (field := _field_of_words(words)) is not None or not _is_neutral(words)
    }
    return fields.pop() if len(fields) == 1 else None


def _is_neutral(words: Collection[str]) -> bool:
    return "".join(words) in _MARKS or all(word in _MARKS or word.isdigit() for word in words)


def _field_of_words(words: tuple[str, ...]) -> FieldName | None:
    field = _field_of_exact_words(words)
    if field is None and len(words) > 1 and words[0] in _WHOSE:
        return _field_of_words(words[1:])
    return field


def _field_of_exact_words(words: tuple[str, ...]) -> FieldName | None:
    key = "".join(words)
    if key in _HALVES:
        return _HALVES[key]
    numberless = tuple(
        bare for word in words if (bare := word if word in _MARKS else word.rstrip("0123456789"))
    )
    bare_key = "".join(numberless)
    if bare_key in _NO_PHONES:
        return None
    if bare_key in _EMAIL_NAMES or _are(numberless, _EMAILS, _WITH_EMAILS):
        return "email"
    if bare_key in _PHONE_NAMES or _are(_without_no(numberless), _PHONES, _WITH_PHONES):
        return "phone"
    is_country = bare_key in _COUNTRY_NAMES or _are(numberless, _COUNTRIES, _WITH_COUNTRIES)
    return "country" if is_country else None


def _without_no(words: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out `no` for number. In front of a word it denies it: `No phone`."""
    if len(words) > 1 and words[-1] in ("no", "n"):
        return words[:-1]
    if len(words) > 2 and words[0] in ("no", "n") and words[1] in _ARTICLES:
        return words[2:]
    return words


def _are(words: tuple[str, ...], own: frozenset[str], beside: frozenset[str]) -> bool:
    return any(word in own for word in words) and all(
        word in own or word in beside for word in words
    )


def _words_of(name: str) -> tuple[str, ...]:
    text = name[:_LONGEST_NAME].translate(_WITHOUT_DECOMPOSITION)
    decomposed = unicodedata.normalize("NFKD", text)
    text = "".join(one for one in decomposed if unicodedata.category(one) not in ("Mn", "Cf"))
    found = _WORD.findall(_CAMEL.sub(" ", _APOSTROPHES.sub("", text)).casefold())
    words: list[str] = []
    for word in found:
        joined = _JOINED.get((words[-1], word)) if words else None
        if joined is None:
            words.append(word)
        else:
            words[-1] = joined
    return tuple(words)
