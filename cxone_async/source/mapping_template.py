"""A settings file with the mapping of an input's columns, for a person to correct.

Guarantee: pure. The text is TOML that `--config` takes as it is. What is doubtful stands in it as a
comment that becomes right by taking the `#` away; nothing doubtful is decided.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cxone_async.contacts.model import FIELD_NAMES, MAPPED_NAMES, FieldName, MappedName
from cxone_async.errors import UnreadableInputError
from cxone_async.source.column_keys import key_of_column, looks_like_data
from cxone_async.source.column_names import likeness, recognise
from cxone_async.source.do_not_call_columns import ColumnMeaning, meaning_of
from cxone_async.source.further_columns import (
    NO_FURTHER,
    REST,
    FurtherColumns,
    columns_of_fields,
)
from cxone_async.source.header import (
    candidates_by_name,
    overriding_columns,
    refuse_duplicates,
)

_WIDTH: Final = 88
_ABOUT: Final = """\
# The columns of {name}, as cxone-async understands them.
# Correct what is wrong, then give this file to `import` or `plan` with --config, tonight and every
# night after. A column that has gone or come new since is named; `strict_columns = true` makes such
# a change stop the run with 65.
"""

_ABOUT_FIELDS: Final = (
    '# What goes out beside the fields: "NAME=COLUMN", "NAME:=value" for a constant, "*" for all',
    "# columns that are left. external_id is the column with your own number of each row.",
)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is known of a header that need not be complete.

    `found` are the columns of each field, `several` those of which the user has to choose. `marks`
    speak of do-not-call, and what they say is not known. `left` are all other columns that are
    neither used nor ignored.
    """

    found: Mapping[MappedName, tuple[str, ...]]
    several: Mapping[FieldName, tuple[str, ...]]
    marks: tuple[str, ...]
    left: tuple[str, ...]


def sketch(
    names: Sequence[str],
    overrides: Mapping[MappedName, str],
    ignored: Iterable[str] = (),
    further: FurtherColumns = NO_FURTHER,
) -> Sketch:
    """Find out what can be known of a header, as `read_header` would, but without refusing it.

    Raises UnreadableInputError when two columns have the same name or the header is none,
    UsageError when an override or a further field names a column that is not there.
    """
    keys = [key_of_column(name) for name in names]
    refuse_duplicates(names, keys)
    ignored_keys = {key_of_column(name) for name in ignored}
    taken = {index for index, key in enumerate(keys) if key and key in ignored_keys}
    no_flags = {index for index in taken if meaning_of(names[index]) is not ColumnMeaning.OTHER}
    found: dict[MappedName, tuple[int, ...]] = {}
    several: dict[FieldName, tuple[int, ...]] = {}
    for mapped, columns in overrides.items():
        found[mapped] = overriding_columns(mapped, columns, names, keys)
        taken.update(found[mapped])
    own = columns_of_fields(further, names, ignored=(), mapped=taken - no_flags)
    sent = {column.index for column in own}
    recognised = recognise(names)
    for field in FIELD_NAMES:
        if field in found or field == "dnc_flag":
            continue
        candidates = tuple(candidates_by_name(field, recognised, taken | sent))
        if len(candidates) == 1:
            found[field] = candidates
            taken.update(candidates)
        elif candidates:
            several[field] = candidates
    meanings = {
        index: meaning
        for index, name in enumerate(names)
        if index not in taken and (meaning := meaning_of(name)) is not ColumnMeaning.OTHER
    }
    flags = tuple(index for index, one in meanings.items() if one is ColumnMeaning.FLAG)
    if flags and "dnc_flag" not in found:
        found["dnc_flag"] = flags
    taken.update(flags)
    unclear = tuple(index for index in meanings if index not in found.get("dnc_flag", ()))
    if not (found or several) and any(map(looks_like_data, names)):
        raise UnreadableInputError(
            "the input has no header: its first line looks like a contact, not like names"
        )
    doubtful = {*unclear, *(index for group in several.values() for index in group)}
    used = taken | doubtful | sent
    left = [index for index in range(len(names)) if index not in used and keys[index]]

    def named(indexes: Iterable[int]) -> tuple[str, ...]:
        return tuple(names[index].strip() for index in indexes)

    return Sketch(
        {field: named(indexes) for field, indexes in found.items()},
        {field: named(indexes) for field, indexes in several.items()},
        named(unclear),
        named(left),
    )


def mapping_template(
    input_name: str,
    names: Sequence[str],
    drawn: Sketch,
    *,
    ignored: Sequence[str] = (),
    fields: Sequence[str] = (),
    field_types: Mapping[str, str] | None = None,
    other_settings: Mapping[str, str | int | float | bool] | None = None,
) -> str:
    """Return the text of the settings file.

    `fields` are the items of `--field`, `field_types` those of `--field-type`, `other_settings`
    those that were given.
    """
    other = dict(other_settings or {})
    title = "the input" if input_name == "-" else " ".join(input_name.split())
    lines = [_ABOUT.format(name=title)]
    lines += ["# The columns that the file had. This need not be changed by hand."]
    lines += [_assignment("expect_columns", [name.strip() for name in names if name.strip()]), ""]
    likes = {kind: [name for name in drawn.left if likeness(name) == kind] for kind in _NEEDED}
    lines += ["# Columns that are of no use, whatever their names say."]
    if not (_is_drawn(drawn, "first_name", "last_name") or likes["name"]):
        lines += ['# No column looks like a name. If that is right, add "name" here.']
    lines += [_assignment("ignore_column", list(ignored))]
    lines += ["", *_ABOUT_FIELDS, _assignment("field", list(fields))]
    if "external_id" not in other:
        lines += ['# external_id = "COLUMN"']
    if other:
        lines += ["", *(f"{name} = {_value(value)}" for name, value in other.items())]
    if not (_is_drawn(drawn, "country") or likes["country"] or "default_country" in other):
        lines += [
            "",
            "# No column looks like a country. Say which country all rows are from.",
            '# default_country = "US"',
        ]
    lines += ["", "[map]"]
    for field in MAPPED_NAMES:
        lines += _lines_of_field(field, drawn, likes)
    if drawn.marks:
        lines += [
            "",
            "# These speak of do-not-call. Say what each of them is: dnc_flag where yes means do",
            "# not call, consent where yes means may be called, or ignore_column (above).",
            *(f"# dnc_flag = {_text(name)}" for name in drawn.marks),
        ]
    unused = [name for name in drawn.left if likeness(name) is None]
    if unused:
        what = "Sent under their own names" if REST in fields else "Not used"
        lines += ["", f"# {what}:", *(f"#   {_text(name)}" for name in unused)]
    if field_types:
        lines += ["", "[field_type]"]
        lines += [f"{_text(name)} = {_text(kind)}" for name, kind in field_types.items()]
    return "\n".join(lines) + "\n"


_NEEDED: Final = ("name", "country")


def _is_drawn(drawn: Sketch, *fields: FieldName) -> bool:
    return any(field in drawn.found or field in drawn.several for field in fields)


def _lines_of_field(
    field: MappedName, drawn: Sketch, likes: Mapping[str, Sequence[str]]
) -> list[str]:
    if columns := drawn.found.get(field):
        return [f"{field} = {_text_or_list(columns)}"]
    choices = next((names for one, names in drawn.several.items() if one == field), ())
    if choices and field == "phone":
        return [
            "# Several columns could be the phone. Leave those that are, in the order in which to",
            "# try them:",
            f"# phone = {_text_or_list(choices)}",
        ]
    kind = "country" if field == "country" else "name" if field.endswith("_name") else ""
    choices = choices or tuple(likes.get(kind, ()))
    if choices:
        what = "could be" if field in drawn.several else f"looks like a {kind}, and may be"
        return [f"# {field} = {_text(name)}  # {what} the {field}" for name in choices]
    return [] if field in ("dnc_flag", "consent") else [f'# {field} = "COLUMN"  # none was found']


def _assignment(name: str, values: Sequence[str]) -> str:
    one_line = f"{name} = [{', '.join(map(_text, values))}]"
    if len(one_line) <= _WIDTH:
        return one_line
    return "\n".join([f"{name} = [", *(f"    {_text(value)}," for value in values), "]"])


def _text_or_list(values: Sequence[str]) -> str:
    return _text(values[0]) if len(values) == 1 else f"[{', '.join(map(_text, values))}]"


def _value(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value) if isinstance(value, str) else f"{value}"


def _text(text: str) -> str:
    """Return a TOML string. It is a JSON string, apart from the character that JSON leaves."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
