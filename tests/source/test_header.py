"""Which column is used for which field, and what a header must not be."""

import pytest

from cxone_async.contacts.model import FIELD_NAMES, FieldName
from cxone_async.errors import UnreadableInputError, UsageError
from cxone_async.source.further_columns import parse_fields
from cxone_async.source.header import parse_mapping, read_header


def fields_of(*names: str, **overrides: str) -> dict[str, str]:
    """Field to the name of its column."""
    columns = read_header(names, overrides)  # type: ignore[arg-type]
    return {
        field: names[index]
        for field, index in zip(FIELD_NAMES, columns.indexes, strict=True)
        if index is not None
    }


def test_the_fields_own_names_are_found_in_any_order() -> None:
    names = tuple(reversed(FIELD_NAMES))
    assert fields_of(*names) == {name: name for name in FIELD_NAMES}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("PHONE", "phone"),
        ("Phone Number", "phone"),
        ("phone_number", "phone"),
        ("Mobile", "phone"),
        ("Mobile Phone", "phone"),
        ("Cell", "phone"),
        ("Tel.", "phone"),
        ("telephone", "phone"),
        ("E-mail", "email"),
        ("Email Address", "email"),
        ("e.mail", "email"),
        ("EMAIL*", "email"),
        ("Mail", "email"),
        ("First Name", "first_name"),
        ("firstName", "first_name"),
        ("Given Name", "first_name"),
        ("forename", "first_name"),
        (" FNAME ", "first_name"),
        ("Surname", "last_name"),
        ("Family-Name", "last_name"),
        ("lname", "last_name"),
        ("Country Code", "country"),
        ("ISO Country", "country"),
        ("DNC", "dnc_flag"),
        ("Do Not Call", "dnc_flag"),
        ("Do-Not-Call Flag", "dnc_flag"),
    ],
)
def test_case_spaces_punctuation_and_synonyms_do_not_matter(name: str, field: str) -> None:
    other = "email" if field == "phone" else "phone"
    assert fields_of("id", name, other)[field] == name


@pytest.mark.parametrize(
    "name", ["Phone Type", "Email Opt Out", "Company", "Full Name", "Name", "Phone Extension"]
)
def test_other_columns_are_left_alone(name: str) -> None:
    assert fields_of("phone", name) == {"phone": "phone"}


def test_the_fields_own_name_wins_over_its_synonyms() -> None:
    assert fields_of("phone", "Mail", "Email", "Work Email")["email"] == "Email"


@pytest.mark.parametrize(
    "names",
    [
        ("Phone", "Mobile"),
        ("Phone", "Phone 2"),
        ("Phone 1", "Phone 2"),
        ("phone", "Home Phone"),
        ("Phone", "Other Phone"),
        ("Mobile", "Work Phone"),
        ("Phone", "Mobile Phone", "Home Phone"),
        ("Tel", "Landline"),
        ("Cell", "Alternate Phone"),
        ("Phone Number", "Secondary Phone"),
        ("Mobile 1", "Mobile 2"),
    ],
)
def test_of_several_phones_none_is_guessed_not_even_the_one_called_phone(
    names: tuple[str, ...],
) -> None:
    with pytest.raises(UnreadableInputError, match=f"could be phone: '{names[0]}', '{names[1]}'"):
        fields_of(*names, "email")


def test_one_phone_may_have_a_number_in_its_name() -> None:
    assert fields_of("Phone 1")["phone"] == "Phone 1"


def test_two_synonyms_without_the_own_name_are_not_guessed() -> None:
    with pytest.raises(UnreadableInputError, match=r"'Mobile', 'Home Phone'.*--map phone="):
        fields_of("Mobile", "Home Phone", "email")


def test_an_override_settles_what_is_ambiguous_and_wins_over_names() -> None:
    assert fields_of("Mobile", "Home Phone", "email", phone="home phone") == {
        "phone": "Home Phone",
        "email": "email",
    }
    assert fields_of("phone", "x", phone="x")["phone"] == "x"


def test_an_overriding_column_is_not_used_for_another_field() -> None:
    assert fields_of("phone", "mail", last_name="mail") == {"phone": "phone", "last_name": "mail"}


def test_an_exact_name_is_preferred_by_an_override() -> None:
    assert fields_of("phone", "", "#", first_name="#")["first_name"] == "#"


@pytest.mark.parametrize("column", ["fax", "", " "])
def test_an_override_with_an_unknown_column_is_a_usage_error(column: str) -> None:
    with pytest.raises(UsageError, match="'phone', 'notes'"):
        fields_of("phone", "notes", email=column)


def test_one_column_for_two_fields_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="two fields"):
        fields_of("a", "b", phone="a", email="a")


@pytest.mark.parametrize(
    "names",
    [("phone", "phone"), ("Phone", "PHONE "), ("e-mail", "phone", "Email"), ("a", "a", "phone")],
)
def test_duplicate_names_make_the_input_unreadable(names: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableInputError, match="same name"):
        fields_of(*names)


def test_unnamed_columns_are_allowed() -> None:
    assert fields_of("phone", "", "", " ") == {"phone": "phone"}


def test_a_header_with_neither_phone_nor_email_tells_the_columns_found() -> None:
    with pytest.raises(UnreadableInputError, match=r"phone or email.*'company', 'last name'"):
        fields_of("company", "last name")


@pytest.mark.parametrize(
    "names",
    [
        ("Anna", "Berg", "Berlin"),
        ("Berg, Anna", "VIP", "gold"),
        ("Anna Berg",),
        ("Anna", "Anna", "Berg"),
        ("A. Berg", "1971-03-04", "12.50"),
        ("Иванова", "Анна"),
        ("田中", "太郎"),
        ("", "Berg", "x"),
        ("O'Neil", "Zoë", "Dr.", "ja", "nein"),
        ("VIP", "Herr", "van den Berg"),
    ],
)
def test_names_of_people_in_place_of_a_header_are_in_no_message(names: tuple[str, ...]) -> None:
    for call in (
        lambda: fields_of(*names),
        lambda: read_header(names, {"phone": "Tel"}),
        lambda: read_header(names, {"phone": "Tel"}, further=parse_fields(["a=b"])),
        lambda: read_header(names, {}, further=parse_fields(["a=b"])),
    ):
        with pytest.raises((UnreadableInputError, UsageError)) as raised:
            call()
        said = str(raised.value)
        assert "is the header missing?" in said
        assert not any(repr(name) in said for name in names)


def test_one_of_phone_and_email_is_enough_unless_more_is_needed() -> None:
    assert fields_of("email") == {"email": "email"}
    with pytest.raises(UnreadableInputError, match=r"no column for phone;.*'email'.*--map phone="):
        read_header(["email"], {}, frozenset({"phone", "email"}))
    with pytest.raises(UnreadableInputError, match="no column for last_name"):
        read_header(["email", "phone"], {}, frozenset({"last_name"}))


def test_the_first_contact_of_a_file_without_a_header_is_not_shown() -> None:
    for names in (
        ["+1 212 555 0142", "Anna", "Smith"],
        ["Anna", "anna@example.com"],
        ["12125550142", "12125550142"],
    ):
        with pytest.raises(UnreadableInputError) as raised:
            fields_of(*names)
        assert not any(name in str(raised.value) for name in names)


def test_a_wide_header_is_told_in_part() -> None:
    with pytest.raises(UnreadableInputError, match="and 970 more") as raised:
        fields_of("last name", *(f"{'x' * 500}{i}" for i in range(999)))
    assert len(str(raised.value)) < 3000


def test_selecting_gives_six_fields_and_nothing_for_a_missing_column() -> None:
    columns = read_header(["email", "x", "Phone"], {})
    assert list(columns.select([["a", "b", "c"], ["d", "e", "f"]])) == [
        ("c", "a", "", "", "", "", (), (), (), ()),
        ("f", "d", "", "", "", "", (), (), (), ()),
    ]
    assert list(columns.select([])) == []


def test_a_mapping_is_parsed() -> None:
    assert parse_mapping(["phone=Tel = 2", " First Name = Vor name "]) == {
        "phone": "Tel = 2",
        "first_name": "Vor name",
    }
    assert parse_mapping([]) == {}


@pytest.mark.parametrize("item", ["phone", "=x", "phone=", "phone= ", ""])
def test_a_mapping_of_another_form_is_a_usage_error(item: str) -> None:
    with pytest.raises(UsageError, match="field=column"):
        parse_mapping([item])


def test_an_unknown_or_repeated_field_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"phone, email, first_name.*"):
        parse_mapping(["fax=x"])
    with pytest.raises(UsageError, match="twice"):
        parse_mapping(["phone=a", "PHONE=b"])


def test_every_field_has_a_mapping_of_its_own_name() -> None:
    fields: tuple[FieldName, ...] = FIELD_NAMES
    assert parse_mapping(f"{field}=x{field}" for field in fields).keys() == set(fields)


# -- do-not-call -------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Opted Out", "Unsubscribed", "DNC Status", "Do Not Phone", "HasOptedOutOfCall", "Robinson",
        "Nicht anrufen", "Phone Opt Out", "Bloctel", "No llamar", "Non chiamare", "Não ligar",
        "Niet bellen", "Ring inte",
    ],
)  # fmt: skip
def test_a_column_with_the_name_of_a_flag_is_read(name: str) -> None:
    assert fields_of("phone", name) == {"phone": "phone", "dnc_flag": name}


@pytest.mark.parametrize(
    "name",
    [
        "DNC Reason", "Suppressed", "Blacklist", "Widerspruch", "Opposition", "Baja", "Consent",
        "OK to call", "Opt In", "May call", "Einwilligung", "Consentement", "Consenso",
        "Consentimiento", "Toestemming", "Subscribed", "May be called", "Darf angerufen werden",
        "Peut être appelé", "Puede ser llamado", "Può essere chiamato", "Pode ligar",
        "Mag gebeld worden", "電話可", "Werbung erlaubt", "Sperre", "Verstorben", "Deceased",
        "donotsendmm", "Privacy", "Marketing",
    ],
)  # fmt: skip
def test_a_column_that_only_speaks_of_it_stops_the_run_until_it_is_said_what_it_is(
    name: str,
) -> None:
    names = ("phone", "email", name)
    with pytest.raises(UnreadableInputError, match=rf"'{name}'.*--map.*--ignore-column"):
        read_header(names, {})
    assert read_header(names, {}, ignored=[name.upper()]).flags == ()
    assert read_header(names, {"dnc_flag": name}).flags == (2,)
    consent = read_header(names, {"consent": name})
    assert (consent.flags, consent.consents) == ((), (2,))


def test_all_that_would_not_be_read_is_named() -> None:
    with pytest.raises(UnreadableInputError, match="'Suppressed', 'Consent'"):
        fields_of("phone", "DNC", "Suppressed", "Consent")


def test_several_flags_are_all_read() -> None:
    columns = read_header(["phone", "State DNC", "x", "Opted Out"], {})
    assert columns.flags == (1, 3)
    assert list(columns.select([["1", "no", "", "yes"]])) == [
        ("1", "", "", "", "", "no", (), ("yes",), (), ())
    ]


def test_a_flag_beside_the_one_that_was_chosen_is_not_dropped_in_silence() -> None:
    with pytest.raises(UnreadableInputError, match="'DNC'"):
        read_header(["phone", "DNC", "Code"], {"dnc_flag": "Code"})
    both = read_header(["phone", "DNC", "Code"], {"dnc_flag": "Code,DNC"})
    assert both.flags == (2, 1)
    one = read_header(["phone", "DNC", "Code"], {"dnc_flag": "Code"}, ignored=["dnc"])
    assert one.flags == (2,)


def test_a_column_is_not_both_read_and_ignored() -> None:
    with pytest.raises(UsageError, match="and ignored"):
        read_header(["phone", "DNC"], {"dnc_flag": "DNC"}, ignored=["DNC"])


def test_an_ignored_column_is_used_for_no_field_and_need_not_be_there() -> None:
    columns = read_header(["Phone", "Mobile"], {}, ignored=["Phone", "Fax"])
    assert columns.indexes[0] == 1


# -- several columns of one field --------------------------------------------------


def test_a_mapping_may_name_several_columns() -> None:
    mapping = parse_mapping(["phone=Mobile, Home Phone,email=E-Mail"])
    assert mapping == {"phone": "Mobile,Home Phone", "email": "E-Mail"}
    columns = read_header(["Home Phone", "Mobile", "E-Mail"], mapping)
    assert columns.more_phones == (0,)
    assert list(columns.select([["h", "m", "e"]])) == [
        ("m", "e", "", "", "", "", ("h",), (), (), ())
    ]


def test_what_follows_a_comma_and_names_no_field_is_refused() -> None:
    with pytest.raises(UsageError, match="'fax' is no field"):
        parse_mapping(["phone=Mobile,fax=Home"])


def test_a_column_s_name_may_hold_a_comma() -> None:
    mapping = parse_mapping(["last_name=Name, family"])
    assert read_header(["phone", "Name,family"], mapping).indexes[3] == 1


@pytest.mark.parametrize(
    ("columns", "message"),
    [("Mobile,Fax", "no such column"), ("Mobile,mobile", "mapped twice")],
)
def test_each_of_several_columns_must_be_there_once(columns: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_header(["Mobile", "email"], {"phone": columns})


def test_only_phones_flags_and_consents_have_several_columns() -> None:
    with pytest.raises(UsageError, match="only one column"):
        read_header(["phone", "a", "b"], {"first_name": "a,b"})
