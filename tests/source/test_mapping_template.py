"""The mapping template: TOML that `--config` takes, and that decides nothing doubtful."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.errors import UnreadableInputError
from cxone_async.source.column_keys import key_of_column
from cxone_async.source.header import read_header
from cxone_async.source.mapping_template import mapping_template, sketch


def template(names, mapping=None, ignored=(), **other):
    drawn = sketch(names, mapping or {}, ignored)
    return mapping_template("in.csv", names, drawn, ignored=ignored, other_settings=other)


def test_what_was_recognised_is_the_mapping():
    text = template(("Nr.", "Telefon", "E-Mail", "Name", "Vorname", "Land", "DNC", "Opted Out"))
    settings = tomllib.loads(text)
    assert settings == {
        "expect_columns": [
            "Nr.", "Telefon", "E-Mail", "Name", "Vorname", "Land", "DNC", "Opted Out"
        ],
        "ignore_column": [],
        "field": [],
        "map": {
            "phone": "Telefon", "email": "E-Mail", "first_name": "Vorname", "last_name": "Name",
            "country": "Land", "dnc_flag": ["DNC", "Opted Out"],
        },
    }  # fmt: skip
    assert '#   "Nr."' in text


def uncommented(text, start):
    (line,) = [line for line in text.splitlines() if line.startswith(f"# {start}")]
    return tomllib.loads(line.removeprefix("# "))


def test_what_is_doubtful_is_a_comment_that_becomes_right_without_its_mark():
    text = template(("Telefon", "Handy", "Kundenname", "Lieferland", "Blacklist"))
    assert tomllib.loads(text)["map"] == {}
    assert uncommented(text, "phone") == {"phone": ["Telefon", "Handy"]}
    assert uncommented(text, "last_name") == {"last_name": "Kundenname"}
    assert uncommented(text, "country") == {"country": "Lieferland"}
    assert uncommented(text, "dnc_flag") == {"dnc_flag": "Blacklist"}


def test_what_the_file_does_not_have_is_asked_for():
    text = template(("Telefon", "Saldo"))
    assert uncommented(text, "default_country") == {"default_country": "US"}
    assert 'add "name" here' in text
    assert "default_country" not in template(("Telefon", "Land"))
    assert "# default_country" not in template(("Telefon",), default_country="DE")


def test_what_was_given_is_kept():
    text = template(("Tel 1", "Name"), {"phone": "Tel 1"}, ("Name",), encoding="cp1252")
    settings = tomllib.loads(text)
    assert settings["encoding"] == "cp1252"
    assert settings["ignore_column"] == ["Name"]
    assert settings["map"] == {"phone": "Tel 1"}


def test_a_file_without_a_header_gets_no_template():
    with pytest.raises(UnreadableInputError, match="no header") as raised:
        sketch(("Ada", "ada@example.com"), {})
    assert "example.com" not in str(raised.value)
    with pytest.raises(UnreadableInputError, match="same name"):
        sketch(("a", "A"), {})


names_of_columns = st.lists(
    st.one_of(
        st.sampled_from(["Telefon", "E-Mail", "Vorname", "Name", "Land", 'a "b"', "x, y", "a=b"]),
        st.text(st.characters(codec="utf-8"), max_size=12),
    ),
    max_size=8,
    unique_by=key_of_column,
).filter(lambda names: not {"handy", "prénom"} & set(map(key_of_column, names)))


@pytest.mark.slow
@given(names_of_columns)
def test_every_template_is_toml_with_the_names_of_the_columns(names):
    names = ["Handy", *names]
    settings = tomllib.loads(template(names))
    assert settings["expect_columns"] == [name.strip() for name in names if name.strip()]


@pytest.mark.slow
@given(names_of_columns)
def test_a_template_maps_what_the_header_alone_does(names):
    names = ["Handy", "Prénom", *names]
    try:
        columns = read_header(names, {})
    except UnreadableInputError:
        return
    mapping = tomllib.loads(template(names))["map"]
    given_back = {
        field: ",".join(value) if isinstance(value, list) else value
        for field, value in mapping.items()
    }
    assert read_header(names, given_back) == columns
