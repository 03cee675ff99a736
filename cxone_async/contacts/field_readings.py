"""What each field of a row is read as, one by one, also where another field is refused.

`Normaliser` ends at the first problem and combines the fields. Here every cell is read by the same
functions and shown alone, so that a person sees what the program made of it.
"""

import msgspec

from cxone_async.contacts.blank import is_blank
from cxone_async.contacts.country import read_country
from cxone_async.contacts.do_not_call import Flag, has_consent, read_dnc_flag
from cxone_async.contacts.email import read_email_cell
from cxone_async.contacts.name import read_name
from cxone_async.contacts.normalise import NormaliseRules, RowFields
from cxone_async.contacts.phone import PhoneRules, read_phone
from cxone_async.outcome import Problem


class FieldReading(msgspec.Struct, frozen=True, gc=False):
    """One field as understood.

    `value` is what would go out, or the reading of a flag; "" when there is none. `problem` says
    what is wrong with the cell, and quotes nothing of it. `is_personal` values are to be masked.
    """

    field: str
    value: str
    problem: str = ""
    is_personal: bool = True


_FLAG_IN_WORDS = {
    Flag.YES: "yes: do not call",
    Flag.NO: "no: may be called",
    Flag.UNCLEAR: "neither a known yes nor a known no",
}


def field_readings(fields: RowFields, rules: NormaliseRules) -> tuple[FieldReading, ...]:
    """Read each field of a row by the rules of its run, in the order of the checks."""
    default = read_country(rules.default_country, "")
    country = read_country(fields.country, default if isinstance(default, str) else "")
    region = country if isinstance(country, str) else ""
    phone_rules = PhoneRules(
        rules.phone_check, rules.phone_country, rules.constraints.allowed_countries
    )
    return (
        _reading("country", country, is_personal=False),
        *(_phone(raw, region, phone_rules) for raw in (fields.phone, *fields.more_phones)),
        _email(fields.email, rules),
        _reading("first_name", read_name(fields.first_name)),
        _reading("last_name", read_name(fields.last_name)),
        *(
            _reading("dnc_flag", _FLAG_IN_WORDS[read_dnc_flag(raw)], is_personal=False)
            for raw in (fields.dnc_flag, *fields.more_flags)
        ),
        *(
            _reading("consent", "yes" if has_consent(raw) else "not a known yes", is_personal=False)
            for raw in fields.consents
        ),
    )


def _phone(raw: str, region: str, rules: PhoneRules) -> FieldReading:
    number = "" if is_blank(raw) else read_phone(raw, region, rules)
    if isinstance(number, str | Problem):
        return _reading("phone", number)
    return _reading("phone", f"+{number.digits}")


def _email(raw: str, rules: NormaliseRules) -> FieldReading:
    emails = "" if is_blank(raw) else read_email_cell(raw, rules.email_check)
    return _reading("email", emails if isinstance(emails, str | Problem) else emails.address)


def _reading(field: str, value: str | Problem, *, is_personal: bool = True) -> FieldReading:
    if isinstance(value, Problem):
        return FieldReading(field, "", value.detail, is_personal)
    return FieldReading(field, value, "", is_personal)
