"""What each field of a row is read as, also where another one is refused."""

from cxone_async.contacts.field_readings import FieldReading, field_readings
from cxone_async.contacts.normalise import NormaliseRules, RowFields

RULES = NormaliseRules()


def test_each_field_is_read_by_the_rules_of_the_run():
    fields = RowFields(
        "(202) 555-0101", " ADA@Example.com ", "Ada ", "Abbott", "United States", "no",
        more_phones=("", "12"), more_flags=("perhaps",), consents=("yes", ""),
    )  # fmt: skip
    assert [(one.field, one.value) for one in field_readings(fields, RULES)] == [
        ("country", "US"),
        ("phone", "+12025550101"),
        ("phone", ""),
        ("phone", ""),
        ("email", "ada@example.com"),
        ("first_name", "Ada"),
        ("last_name", "Abbott"),
        ("dnc_flag", "no: may be called"),
        ("dnc_flag", "neither a known yes nor a known no"),
        ("consent", "yes"),
        ("consent", "not a known yes"),
    ]


def test_a_cell_that_is_refused_hides_none_of_the_others():
    fields = RowFields("12", "broken", "N/A", "B", "Narnia", "yes")
    readings = {one.field: one for one in field_readings(fields, RULES)}
    assert readings["country"].problem.startswith("country: ")
    assert readings["phone"].problem.startswith("phone: ")
    assert readings["email"].problem.startswith("email: ")
    assert readings["dnc_flag"] == FieldReading("dnc_flag", "yes: do not call", "", False)
    assert not readings["country"].is_personal
    assert readings["phone"].is_personal
    assert "Narnia" not in str(readings["country"])


def test_words_for_none_are_none():
    readings = field_readings(RowFields("n/a", "null"), NormaliseRules(default_country=""))
    assert [(one.value, one.problem) for one in readings][:3] == [("", "")] * 3
