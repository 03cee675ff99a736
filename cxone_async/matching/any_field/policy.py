"""The original rule in words, and its definition for the registry."""

from cxone_async.contacts.model import Contact
from cxone_async.matching.any_field.matcher import AnyFieldMatcher, email_key, phone_key
from cxone_async.matching.definition import PolicyDefinition
from cxone_async.matching.field_comparison import Comparison, compare_as_strings
from cxone_async.matching.name_order import NameReading


def _compare(
    contact: Contact, earlier: Contact, threshold: float, _names: NameReading
) -> Comparison:
    phones, emails = (contact.raw_phone, earlier.raw_phone), (contact.raw_email, earlier.raw_email)
    phone_keys = phone_key(phones[0]), phone_key(phones[1])
    email_keys = email_key(emails[0]), email_key(emails[1])
    fields = (
        compare_as_strings("phone", phones, phone_keys, threshold),
        compare_as_strings("email", emails, email_keys, threshold),
    )
    return Comparison(fields)


def _describe_score(score: float, threshold: float, _dropped: bool) -> tuple[str, ...]:
    return (f"score {score:g} of 100; the threshold is {threshold:g}",)


ANY_FIELD = PolicyDefinition(
    new_matcher=AnyFieldMatcher,
    rules={
        "similar-phone": "the similarity of the phones' digits reaches the threshold",
        "similar-email": "the similarity of the emails reaches the threshold",
    },
    compare=_compare,
    describe_score=_describe_score,
)
