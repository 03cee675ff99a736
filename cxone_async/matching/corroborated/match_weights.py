"""Scoring a pair: how many other people would agree with a contact this well by chance?

Pure functions of two standardised contacts and the term frequencies. The answer is one
number, `expected_others`: for every earlier row that really is this person, how many
*different* people on the list would agree with the contact as well as this row does. A row
is a duplicate when that number is at most `EXPECTED_OTHERS_LIMIT`.

Each field contributes a factor: the chance of its comparison level among strangers over the
chance among rows of one person. Record linkage calls the two chances u and m, and log2(m/u)
the match weight; so `expected_others` is the size of the list times 2 to the power of minus
the total weight, which is the odds against a match. The factors are rounded experience, not
trained; docs/matching.md lists them.

Why a number of people and not a similarity? It grows with the list (three John Smiths in a
town, three thousand in a country), a rare name tells more than a common one, and evidence
that is not independent cannot count twice, since each factor is conditional on what already
agrees:

* People who share a phone or an email are mostly one household. On a shared value only the
  first name is a witness, and the more people share the value, the less it says.
* Anybody of that name would choose an address made of the name. It adds only its provider,
  its pattern and its digits to the name.
"""

import msgspec

from cxone_async.matching.corroborated.address_names import (
    does_each_address_spell_its_name,
    is_family_mailbox,
    is_made_of_name_alone,
    letters_and_digits,
    without_name,
)
from cxone_async.matching.corroborated.comparison_levels import (
    ABBREVIATED,
    BLANK,
    CLOSE,
    DIFFERENT,
    GARBLED,
    PART,
    SAME,
    TYPO,
    VARIANT,
    ComparisonLevel,
)
from cxone_async.matching.corroborated.name_comparison import may_be_relatives_names
from cxone_async.matching.corroborated.name_weights import (
    NameComparison,
    as_different,
    compare_names,
    name_factors_of_email,
)
from cxone_async.matching.corroborated.phones_emails import compare_emails, compare_phones
from cxone_async.matching.corroborated.term_frequencies import TermFrequencies
from cxone_async.matching.match_input import StandardisedContact

EXPECTED_OTHERS_LIMIT = 0.176
"""At most as many: a score of 85 or more."""

# How many other people share what two rows have in common.
_MOST_PEOPLE_ON_A_PHONE = 40.0  # no phone is compared with more, even if the emails differ
_SHARING_PHONE_AND_EMAIL = 0.004
_SHARING_EMAIL = 0.03  # for the phone the list itself tells
_SHARING_SIMILAR_EMAIL = 0.06  # nearly the email, or the same name at another provider

_EMAIL_NEARLY_SAME = 0.02  # of those on a phone: their emails differ in a letter or two by chance
_EMAIL_ELSEWHERE = 0.3  # of those on a phone: their emails are equal before the @
_PHONE_NEARLY_SAME = 0.1  # of those with one mailbox: their phones differ in a digit by chance
_ANOTHER_FAMILY = 25.0
"""On a shared phone a contradicting last name is another person: a colleague, a flatmate."""

_SOME_WORDS = 0.2
"""Lavinia and Lavinia Rosa on one phone, and nothing else is known."""

_NAME_ALONE = 5.0  # neither phone nor email to compare

# Factors of the phone.
_PHONE_TYPO = 2e-3
_EXTENSION_MISSING = 1e-2
_PHONE_DIFFERS = 3.0

# Factors of the email.
_SAME_EMAIL_BY_ACCIDENT = 1e-9  # an address not made of the name
_SAME_EMAIL_OF_NAME = 0.07
_EMAIL_OF_NAME_TYPO = 30.0
_EMAIL_OF_NAME_ELSEWHERE = 8.0
_EMAIL_DIFFERS = 2.0
_DIGIT = 0.15
_LETTER = 0.3

_OPEN = frozenset((ABBREVIATED, PART, TYPO, CLOSE, GARBLED))
"""Levels of a first name that leave open whether it is the same."""

_UNDECIDED = _OPEN | {BLANK}
_NOT_THE_SAME = _OPEN | {DIFFERENT}


class ScoredPair(msgspec.Struct, frozen=True, gc=False):
    """A contact compared with the earlier row `row`: its level by field, and the result.

    `is_certain`: it stays a duplicate however many people share the phone.
    """

    row: int
    rule: str
    expected_others: float
    phone: ComparisonLevel
    email: ComparisonLevel
    first_name: ComparisonLevel
    last_name: ComparisonLevel
    is_certain: bool = False

    @property
    def is_duplicate(self) -> bool:
        return self.expected_others <= EXPECTED_OTHERS_LIMIT and self.rule != "name"

    @property
    def score(self) -> float:
        """The probability, in percent, that both rows are the same person."""
        return score_of(self.expected_others)


class ComparedPair(msgspec.Struct, frozen=True, gc=False):
    """A contact beside an earlier row, compared field by field and not yet scored."""

    new: StandardisedContact
    old: StandardisedContact
    phone: ComparisonLevel
    email: ComparisonLevel
    names: NameComparison


def score_pair(
    new: StandardisedContact,
    old: StandardisedContact,
    frequencies: TermFrequencies,
    threshold: float,
) -> ScoredPair:
    """Compare a contact with an earlier one, field by field, and score the pair."""
    return score_compared(compare_fields(new, old, frequencies, threshold), frequencies)


def score_compared(
    compared: ComparedPair,
    frequencies: TermFrequencies,
    others_on_phone: int = 0,
    others_on_email: int = 0,
) -> ScoredPair:
    """Score a compared pair.

    `others_on_phone` and `others_on_email` count the different first names that are already
    known to share the contact's phone or email.
    """
    new, old, names = compared.new, compared.old, compared.names
    phone, email = compared.phone, compared.email
    first_name, last_name = names.first_name, names.last_name
    if not (new.first_name or new.last_name) and _adds_nothing(new, phone, email):
        others = _SHARING_EMAIL if phone is not SAME else frequencies.phone_sharing_rate
        return ScoredPair(old.row, "nothing-new", others, phone, email, first_name, last_name)
    if phone is BLANK and email is BLANK:
        others = _NAME_ALONE * frequencies.size * names.first_name_factor * names.last_name_factor
        has_only_name = not new.phone and not new.email and new.first_name and new.last_name
        rule = "name-only" if has_only_name else "name"
        return ScoredPair(old.row, rule, others, phone, email, first_name, last_name)

    nameless = first_name is BLANK and last_name is BLANK
    others = 0.0
    if phone is not SAME:  # strangers do not share a phone
        first_name_factor, last_name_factor = names.first_name_factor, names.last_name_factor
        if email is SAME:
            first_name_factor, last_name_factor = name_factors_of_email(
                new, old, names, frequencies
            )
        others = (
            frequencies.size
            * first_name_factor
            * last_name_factor
            * _phone_factor(phone)
            * _email_factor(email, new, old, frequencies)
        )
    is_certain = False
    if phone is SAME or email is SAME or email is TYPO or email is VARIANT:
        agreeing = _email_that_tells(email, first_name, new, old)
        name_factor = _name_factor_in_household(phone, agreeing, names, new, old)
        sharing = _people_sharing(phone, agreeing, frequencies, others_on_phone, others_on_email)
        others += sharing * name_factor
        is_certain = (
            phone is SAME and name_factor * _MOST_PEOPLE_ON_A_PHONE <= EXPECTED_OTHERS_LIMIT
        )
    rule = _rule(phone, email, nameless)
    return ScoredPair(old.row, rule, others, phone, email, first_name, last_name, is_certain)


def compare_fields(
    new: StandardisedContact,
    old: StandardisedContact,
    frequencies: TermFrequencies,
    threshold: float,
) -> ComparedPair:
    """Compare a contact with an earlier one, field by field.

    `threshold` (0..100) is the similarity from which two different phones or emails may be one
    with a typing error.
    """
    if new.phone and new.phone == old.phone:
        phone = SAME
    else:
        phone = compare_phones(new.phone, old.phone, threshold)
    if new.email and new.email == old.email:
        email = SAME
    else:
        email = compare_emails(new.email, old.email, threshold)
    names = compare_names(new, old, frequencies)
    if email is VARIANT and phone is DIFFERENT and is_made_of_name_alone(new, old):
        email = DIFFERENT
    if names.first_name in _NOT_THE_SAME and does_each_address_spell_its_name(new, old):
        email, names = DIFFERENT, as_different(names)
    return ComparedPair(new, old, phone, email, names)


def _email_that_tells(
    email: ComparisonLevel,
    first_name: ComparisonLevel,
    new: StandardisedContact,
    old: StandardisedContact,
) -> ComparisonLevel:
    """Return the level of the email as far as it tells the people of one household apart."""
    if first_name in _UNDECIDED and is_family_mailbox(new, old):
        return BLANK
    return DIFFERENT if email is TYPO and first_name is DIFFERENT else email


def _name_factor_in_household(
    phone: ComparisonLevel,
    email: ComparisonLevel,
    names: NameComparison,
    new: StandardisedContact,
    old: StandardisedContact,
) -> float:
    """Return the factor of both names among people who share a phone or a mailbox."""
    first_name, last_name = names.first_name, names.last_name
    is_nameless = first_name is BLANK and last_name is BLANK
    if is_nameless and not (phone is DIFFERENT or email is DIFFERENT):
        return 1.0
    factor = names.on_phone_factor if phone is SAME else names.on_mailbox_factor
    if (
        first_name is PART
        and email is BLANK
        and not may_be_relatives_names(new.first_name, old.first_name)
    ):
        factor = _SOME_WORDS
    if phone is SAME and email is not SAME and _may_be_another_family(names, new, old):
        factor = max(factor, _ANOTHER_FAMILY)
    return factor


def _may_be_another_family(
    names: NameComparison, new: StandardisedContact, old: StandardisedContact
) -> bool:
    """Say whether the last names contradict, or may be the first names of two people."""
    if names.last_name is DIFFERENT:
        return True
    if new.is_name_order_known and old.is_name_order_known:
        return False
    return names.last_name not in (SAME, VARIANT, PART) and bool(new.last_name or old.last_name)


def score_repeated(new: StandardisedContact, frequencies: TermFrequencies) -> tuple[str, float]:
    """Return rule and expected others for a row of the same phone, name and email.

    `score_pair` says the same; this is its short cut for the most frequent case.
    """
    if new.email:
        return (
            "phone+email",
            frequencies.first_name_frequency(new.first_name) * _SHARING_PHONE_AND_EMAIL,
        )
    return (
        "phone+name",
        frequencies.first_name_frequency(new.first_name) * frequencies.phone_sharing_rate,
    )


def score_of(expected_others: float) -> float:
    """Turn the odds against a match into its probability in percent."""
    return round(100.0 / (1.0 + expected_others), 1)


def _adds_nothing(new: StandardisedContact, phone: ComparisonLevel, email: ComparisonLevel) -> bool:
    """Say whether the earlier row has every phone and email that a nameless row has."""
    return (
        (phone is SAME or email is SAME)
        and (phone is SAME or not new.phone)
        and (email is SAME or not new.email)
    )


def _rule(phone: ComparisonLevel, email: ComparisonLevel, nameless: bool) -> str:
    if phone is SAME and email is SAME:
        return "phone+email"
    if phone is SAME:
        return "phone" if nameless else "phone+name"
    if email is SAME:
        return "email" if nameless else "email+name"
    if phone is TYPO or phone is ABBREVIATED:
        has_similar_email = email is TYPO or email is VARIANT
        return "similar-phone+email" if has_similar_email else "similar-phone+name"
    if email is TYPO or email is VARIANT:
        return "similar-email+name"
    return "name"


def _people_sharing(
    phone: ComparisonLevel,
    email: ComparisonLevel,
    frequencies: TermFrequencies,
    others_on_phone: int,
    others_on_email: int,
) -> float:
    """Return how many others, of any name, share what the two rows have in common."""
    if phone is SAME and email is SAME:
        return _SHARING_PHONE_AND_EMAIL + min(others_on_phone, others_on_email)
    if phone is SAME:
        sharing = frequencies.phone_sharing_rate + others_on_phone
        if email is TYPO:
            return sharing * _EMAIL_NEARLY_SAME
        if email is VARIANT:
            return sharing * _EMAIL_ELSEWHERE
        return sharing * (_EMAIL_DIFFERS if email is DIFFERENT else 1.0)
    sharing = (_SHARING_EMAIL if email is SAME else _SHARING_SIMILAR_EMAIL) + others_on_email
    if phone is TYPO or phone is ABBREVIATED:
        return sharing * _PHONE_NEARLY_SAME
    return sharing * (_PHONE_DIFFERS if phone is DIFFERENT else 1.0)


def _phone_factor(phone: ComparisonLevel) -> float:
    if phone is BLANK:
        return 1.0
    if phone is DIFFERENT:
        return _PHONE_DIFFERS
    return _PHONE_TYPO if phone is TYPO else _EXTENSION_MISSING


def _email_factor(
    email: ComparisonLevel,
    new: StandardisedContact,
    old: StandardisedContact,
    frequencies: TermFrequencies,
) -> float:
    """Return what the emails say beyond the names."""
    if email is BLANK:
        return 1.0
    if email is DIFFERENT:
        return _EMAIL_DIFFERS
    is_made_of_name, beyond_name = _beyond_name(new, old)
    if email is SAME:
        if not is_made_of_name:
            return _SAME_EMAIL_BY_ACCIDENT
        return _SAME_EMAIL_OF_NAME * beyond_name * frequencies.provider_frequency(new.email)
    if email is TYPO:
        return _EMAIL_OF_NAME_TYPO * beyond_name * frequencies.provider_frequency(new.email)
    return _EMAIL_OF_NAME_ELSEWHERE * beyond_name


def _beyond_name(new: StandardisedContact, old: StandardisedContact) -> tuple[bool, float]:
    """Say whether the address is made of the name, and how likely its rest is by accident.

    The rest are the digits at its end, and the letters that belong to neither name.
    """
    letters, digits = letters_and_digits(new.email)
    rest = letters
    for name in (new.last_name, old.last_name, new.first_name, old.first_name):
        rest = without_name(rest, name)
    return rest != letters, float(_DIGIT**digits * _LETTER ** max(0, len(rest) - 1))
