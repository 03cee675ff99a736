"""Weighing two contacts: how many other people would agree this well by chance?

Guarantee: pure functions of two contacts' folded and of the frequencies. The answer is one
number, `others`: for every earlier row that really is this person, so many *different*
people on the list would agree with the contact as well as this row does. A row counts as
a duplicate when that number is at most `OTHERS_LIMIT`.

Why a number of people and not a similarity: it grows with the list (three John Smiths
in a town, three thousand in a country), it makes a rare name tell more than a common
one, and evidence that is not independent cannot be counted twice, since each factor is
the chance of agreeing *given* what already agrees:

* people who share a phone or an email are mostly one family, so that on a shared value
  only the first name is a witness, and the more people share a value the less it says;
* an address made of the name is what any bearer of the name would choose, so that it
  adds only its provider, its pattern and its digits to the name.

Each factor is the chance of the agreement among strangers over its chance among rows of
one person. They are rounded experience, not fitted; docs/matching.md lists them.
"""

import msgspec

from cxone_async.matching.corroborated.comparison_levels import ComparisonLevel
from cxone_async.matching.corroborated.names import compare_family, compare_given
from cxone_async.matching.corroborated.phones_emails import (
    compare_emails,
    compare_phones,
    without_separators,
)
from cxone_async.matching.corroborated.term_frequencies import TermFrequencies
from cxone_async.matching.match_input import FoldedContact

OTHERS_LIMIT = 0.176

_MOST_RELATIVES = 40.0  # no phone is compared with so many, even if the emails differ
_BOTH_SHARED = 0.004  # others who share both phone and email with a contact
_EMAIL_SHARED = 0.03  # others who share the email; for the phone the list itself tells
_HANDLE_SHARED = 0.06  # others who use nearly the email, or its name at another provider
_BY_ACCIDENT = 1e-9  # a phone, or an address not made of the name, agrees by accident

_GIVEN_CONTRADICTS = 100.0
_GIVEN_UNHEARD = 8.0
_GIVEN_GARBLED = 2.0
_FAMILY_CONTRADICTS = 12.0
_ROW_GARBLED = 0.3  # a row in which both names are garbled is no relative's row
_FAMILY_UNHEARD = 4.0  # next to a first name that is unheard too
_FAMILY_GARBLED = 1.5  # among strangers; a relative's name is as easily garbled as one's own
_NAMES_SWAPPED = 2.0
_GENERATION_ON_ONE_SIDE = 3.0
_INITIAL = 0.16
_TWO_LETTERS = 0.06
_BEGINNING = 0.03
_FORM = 2.0  # times the share of people who bear either form
_SLIP = 3.0

_EXTENSION_MISSING = 1e-2
_NEIGHBOURING_PHONE = 2e-3
_PHONE_DIFFERS = 3.0
_OTHER_PATTERN = 30.0
_SAME_PATTERN_ELSEWHERE = 8.0
_SAME_PATTERN = 0.07
_EMAIL_DIFFERS = 2.0
_NAME_ALONE = 5.0
_DIGIT = 0.15
_DIGITS = "0123456789"
_LETTER = 0.3

SAME = ComparisonLevel.SAME
FORM = ComparisonLevel.FORM
SHORT = ComparisonLevel.SHORT
SLIP = ComparisonLevel.SLIP
GARBLED = ComparisonLevel.GARBLED
UNHEARD = ComparisonLevel.UNHEARD
BLANK = ComparisonLevel.BLANK
DIFFERENT = ComparisonLevel.DIFFERENT


class NameWeight(msgspec.Struct, frozen=True, gc=False):
    """How two names agree, and what that is worth.

    `given_factor` and `family_factor` hold among strangers; `in_family` replaces the
    latter among people who share a phone or an email.
    """

    given: ComparisonLevel
    family: ComparisonLevel
    given_factor: float
    family_factor: float
    in_family: float


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What weighing a contact against the earlier row `row` came to.

    `is_certain`: it would stay a duplicate whoever else shares the phone.
    """

    row: int
    rule: str
    others: float
    phone: ComparisonLevel
    email: ComparisonLevel
    given: ComparisonLevel
    family: ComparisonLevel
    is_certain: bool = False

    @property
    def is_duplicate(self) -> bool:
        return self.others <= OTHERS_LIMIT and self.rule != "name"

    @property
    def score(self) -> float:
        """Return 0..100: how likely it is this person and none of the others."""
        return score_of(self.others)


def weigh(
    new: FoldedContact,
    old: FoldedContact,
    frequencies: TermFrequencies,
    threshold: float,
    phone_sharers: int = 0,
    email_sharers: int = 0,
) -> Finding:
    """Weigh a contact against an earlier one.

    `phone_sharers` and `email_sharers` count people of other names who are known to have
    the contact's phone or email.
    """
    if new.phone and new.phone == old.phone:
        phone = SAME
    else:
        phone = compare_phones(new.phone, old.phone, threshold)
    if new.email and new.email == old.email:
        email = SAME
    else:
        email = compare_emails(new.email, old.email, threshold)
    names = weigh_names(new, old, frequencies)
    given, family = names.given, names.family
    if not (new.first_name or new.last_name) and _adds_nothing(new, phone, email):
        others = _EMAIL_SHARED if phone is not SAME else frequencies.phone_sharing
        return Finding(old.row, "nothing-new", others, phone, email, given, family)
    if phone is BLANK and email is BLANK:
        others = _NAME_ALONE * frequencies.size * names.given_factor * names.family_factor
        bare = not new.phone and not new.email and new.first_name and new.last_name
        return Finding(
            old.row, "name-only" if bare else "name", others, phone, email, given, family
        )

    nameless = given is BLANK and family is BLANK
    others = 0.0
    if phone is not SAME:  # strangers do not share a phone
        given_factor, family_factor = names.given_factor, names.family_factor
        if nameless and email is SAME:
            given_factor, family_factor = _implied_by_address(new, old, frequencies)
        others = (
            frequencies.size
            * given_factor
            * family_factor
            * _phone_factor(phone)
            * _email_factor(email, new, old, frequencies)
        )
    is_certain = False
    if phone is SAME or email is SAME or email is SLIP or email is FORM:
        name_factor = names.given_factor * names.in_family
        relatives = _relatives(phone, email, frequencies, phone_sharers, email_sharers)
        others += relatives * name_factor
        is_certain = phone is SAME and name_factor * _MOST_RELATIVES <= OTHERS_LIMIT
    rule = _rule(phone, email, nameless)
    return Finding(old.row, rule, others, phone, email, given, family, is_certain)


def weigh_repeated(new: FoldedContact, frequencies: TermFrequencies) -> tuple[str, float]:
    """Weigh a contact against a row of the same phone, name and email: `weigh` made short."""
    if new.email:
        return "phone+email", frequencies.given_share(new.first_name) * _BOTH_SHARED
    return "phone+name", frequencies.given_share(new.first_name) * frequencies.phone_sharing


def score_of(others: float) -> float:
    """Return 0..100: how likely it is this person and none of the others."""
    return round(100.0 / (1.0 + others), 1)


def _adds_nothing(new: FoldedContact, phone: ComparisonLevel, email: ComparisonLevel) -> bool:
    """Say whether every way to reach a nameless row is the earlier row's."""
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
    if phone is SLIP or phone is SHORT:
        similar_email = email is SLIP or email is FORM
        return "similar-phone+email" if similar_email else "similar-phone+name"
    if email is SLIP or email is FORM:
        return "similar-email+name"
    return "name"


def _relatives(
    phone: ComparisonLevel,
    email: ComparisonLevel,
    frequencies: TermFrequencies,
    phone_sharers: int,
    email_sharers: int,
) -> float:
    """Return how many others, of any name, share what the two rows have in common."""
    if phone is SAME and email is SAME:
        return _BOTH_SHARED + min(phone_sharers, email_sharers)
    if phone is SAME:
        sharers = frequencies.phone_sharing + phone_sharers
        if email is SLIP:
            return sharers * 0.1
        return sharers * (0.3 if email is FORM else _EMAIL_DIFFERS if email is DIFFERENT else 1.0)
    sharers = (_EMAIL_SHARED if email is SAME else _HANDLE_SHARED) + email_sharers
    if phone is SLIP or phone is SHORT:
        return sharers * 0.1
    return sharers * (_PHONE_DIFFERS if phone is DIFFERENT else 1.0)


def weigh_names(new: FoldedContact, old: FoldedContact, frequencies: TermFrequencies) -> NameWeight:
    """Weigh two names, in the order as written or with one of them swapped."""
    first, last, old_first, old_last = new.first_name, new.last_name, old.first_name, old.last_name
    if first == old_first and last == old_last and new.generation == old.generation:
        return NameWeight(
            SAME if first else BLANK,
            SAME if last else BLANK,
            frequencies.given_share(first) if first else 1.0,
            frequencies.family_share(last)
            if last and not (new.phone and new.phone == old.phone)
            else 1.0,
            1.0,
        )
    weight = _weigh_given_and_family(first, old_first, last, old_last, frequencies)
    if first and last and (_unlike(weight.given) or _unlike(weight.family)):
        swapped = min(
            _weigh_given_and_family(first, old_last, last, old_first, frequencies),
            _weigh_given_and_family(last, old_first, first, old_last, frequencies),
            key=_name_factor,
        )
        if not (_unlike(swapped.given) or _unlike(swapped.family)):
            weight = msgspec.structs.replace(
                swapped,
                given_factor=_NAMES_SWAPPED
                * max(
                    swapped.given_factor,
                    frequencies.given_share(first),
                    frequencies.given_share(old_first),
                ),
                family_factor=max(
                    swapped.family_factor,
                    frequencies.family_share(last),
                    frequencies.family_share(old_last),
                ),
            )
    if new.generation == old.generation:
        return weight
    if new.generation and old.generation:
        return msgspec.structs.replace(weight, given=DIFFERENT, given_factor=_GIVEN_CONTRADICTS)
    return msgspec.structs.replace(
        weight, given_factor=weight.given_factor * _GENERATION_ON_ONE_SIDE
    )


def _unlike(name: ComparisonLevel) -> bool:
    return name is DIFFERENT or name is GARBLED or name is UNHEARD


def _name_factor(weight: NameWeight) -> float:
    return weight.given_factor * weight.family_factor


def _weigh_given_and_family(
    first: str, old_first: str, last: str, old_last: str, frequencies: TermFrequencies
) -> NameWeight:
    given, given_factor = _weigh_given(first, old_first, frequencies)
    family = compare_family(last, old_last, frequencies.family_count)
    if given is DIFFERENT and family is not SAME and frequencies.is_unheard_given(first, old_first):
        given, given_factor = UNHEARD, _GIVEN_UNHEARD  # with the last name right: a relative
    if family is SAME:
        return NameWeight(given, family, given_factor, frequencies.family_share(last), 1.0)
    if family is BLANK:
        return NameWeight(given, family, given_factor, 1.0, 1.0)
    if family is SHORT:
        return NameWeight(given, family, given_factor, _TWO_LETTERS, 1.0)
    if family is DIFFERENT:
        garbled = given is UNHEARD and frequencies.is_unheard_family(last, old_last)
        contradicts = _FAMILY_UNHEARD if garbled else _FAMILY_CONTRADICTS
        return NameWeight(given, family, given_factor, contradicts, contradicts)
    in_family = _ROW_GARBLED if given is GARBLED or given is UNHEARD else 1.0
    if family is GARBLED:
        return NameWeight(given, family, given_factor, _FAMILY_GARBLED, in_family)
    either = frequencies.family_share(last) + frequencies.family_share(old_last)
    return NameWeight(given, family, given_factor, _SLIP * either, in_family)


def _weigh_given(
    first: str, old_first: str, frequencies: TermFrequencies
) -> tuple[ComparisonLevel, float]:
    given = compare_given(first, old_first, frequencies.given_count)
    if given is SAME:
        return given, frequencies.given_share(first)
    if given is FORM or given is SLIP:
        either = frequencies.given_share(first) + frequencies.given_share(old_first)
        return given, either * (_FORM if given is FORM else _SLIP)
    if given is SHORT:
        letters = min(len(first), len(old_first))
        return given, _INITIAL if letters == 1 else _TWO_LETTERS if letters == 2 else _BEGINNING
    if given is DIFFERENT:
        return given, _GIVEN_CONTRADICTS
    return given, 1.0 if given is BLANK else _GIVEN_GARBLED


def _implied_by_address(
    new: FoldedContact, old: FoldedContact, frequencies: TermFrequencies
) -> tuple[float, float]:
    """Return the shares of people whose name fits the address that both rows have."""
    named = old if old.first_name or old.last_name else new
    local = new.email.rpartition("@")[0]
    given = family = 1.0
    if named.last_name and named.last_name in local:
        given, family = _INITIAL / 2, frequencies.family_share(named.last_name)
    if named.first_name and named.first_name in local:
        given = frequencies.given_share(named.first_name)
    return given, family


def _phone_factor(phone: ComparisonLevel) -> float:
    if phone is BLANK:
        return 1.0
    if phone is DIFFERENT:
        return _PHONE_DIFFERS
    return _NEIGHBOURING_PHONE if phone is SLIP else _EXTENSION_MISSING


def _email_factor(
    email: ComparisonLevel, new: FoldedContact, old: FoldedContact, frequencies: TermFrequencies
) -> float:
    """Return what the emails say beyond the names."""
    if email is BLANK:
        return 1.0
    if email is DIFFERENT:
        return _EMAIL_DIFFERS
    made_of_name, beyond_name = _beyond_name(new, old)
    if email is SAME:
        if not made_of_name:
            return _BY_ACCIDENT
        return _SAME_PATTERN * beyond_name * frequencies.provider_share(new.email)
    if email is SLIP:
        return _OTHER_PATTERN * beyond_name * frequencies.provider_share(new.email)
    return _SAME_PATTERN_ELSEWHERE * beyond_name


def _beyond_name(new: FoldedContact, old: FoldedContact) -> tuple[bool, float]:
    """Return whether the address is made of the name, and how likely the rest is by accident.

    The rest are the digits at its end, and the letters that belong to neither name.
    """
    local = without_separators(new.email.rpartition("@")[0])
    letters = rest = local.rstrip(_DIGITS)
    for name in (new.last_name, old.last_name, new.first_name, old.first_name):
        if len(name) > 2 and name in rest:
            rest = rest.replace(name, "", 1)
    digits = len(local) - len(letters)
    return rest != letters, float(_DIGIT**digits * _LETTER ** max(0, len(rest) - 1))
