"""Names in addresses: how much of what stands before the @ is the person's name?"""

from cxone_async.matching.corroborated.phones_emails import without_separators
from cxone_async.matching.corroborated.romanisation.forms import find_form
from cxone_async.matching.match_input import StandardisedContact

_DIGITS = "0123456789"
_SHORTEST = 3
"""Letters from which on a name in an address is hardly there by accident."""

_WITHOUT_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))


def letters_and_digits(email: str) -> tuple[str, int]:
    """Return the letters of an address before the @, and the number of digits at its end."""
    local = without_separators(email.rpartition("@")[0])
    letters = local.rstrip(_DIGITS)
    return letters, len(local) - len(letters)


def has_name(letters: str, name: str) -> bool:
    """Say whether an address is made of a name, or of one of its words."""
    return without_name(letters, name) != letters


def without_name(letters: str, name: str) -> str:
    """Return the letters of an address without those of a name in standard form.

    Each word of the name is looked for by itself; umlauts may be written with or without an e.
    """
    for word in (name.replace(" ", ""), *name.split()) if " " in name else (name,):
        if len(word) < _SHORTEST and word.isascii():
            continue
        if word in letters:
            letters = letters.replace(word, "", 1)
        elif not word.isascii():
            letters = letters.replace(find_form(word, letters), "", 1)
        else:
            plain, plain_word = _without_umlauts(letters), _without_umlauts(word)
            if len(plain_word) >= _SHORTEST and plain_word in plain:
                letters = plain.replace(plain_word, "", 1)
    return letters


def _without_umlauts(text: str) -> str:
    for written, plain in _WITHOUT_UMLAUTS:
        text = text.replace(written, plain)
    return text


def has_more_than_name(email: str, last_name: str) -> bool:
    """Say whether an email says more than a name: it is not made of it, or ends in digits."""
    local = email.rpartition("@")[0]
    if not local or local[-1].isdecimal():
        return local != ""
    return not (last_name in local or has_name(without_separators(local), last_name))


def does_each_address_spell_its_name(new: StandardisedContact, old: StandardisedContact) -> bool:
    """Say whether each of two first names stands in its own row's address, and not in the other's.

    The address spells the name a second time: Priya, `priya.nair@`, and Riya, `riya.nair@`, are
    two people, and neither name is a slip.
    """
    if not new.email or not old.email or new.email == old.email:
        return False
    letters, _ = letters_and_digits(new.email)
    old_letters, _ = letters_and_digits(old.email)
    for word in new.first_name.split():
        for old_word in old.first_name.split():
            long, short = sorted((word, old_word), key=len, reverse=True)
            if (
                long != short
                and len(short) >= _SHORTEST
                and word in letters
                and old_word in old_letters
                and long not in (old_letters if long == word else letters)
            ):
                return True
    return False


_FAMILY = frozenset(
    [
        "s",
        "family",
        "fam",
        "familie",
        "familia",
        "famiglia",
        "famille",
        "familien",
        "aile",
        "clan",
        "house",
        "home",
        "the",
        "thes",
    ]
)


def is_family_mailbox(new: StandardisedContact, old: StandardisedContact) -> bool:
    """Say whether two rows share a mailbox named after a family: `abbotts@`, `fam.berg@`."""
    if not new.email or new.email != old.email:
        return False
    letters, _ = letters_and_digits(new.email)
    return any(
        letters in _FAMILY or (rest != letters and rest in _FAMILY)
        for rest in (without_name(letters, new.last_name), without_name(letters, old.last_name))
    )


def is_made_of_name_alone(new: StandardisedContact, old: StandardisedContact) -> bool:
    """Say whether an address is made of first and last name, with neither digits nor letters more.

    Every namesake would choose it, at any provider.
    """
    letters, digits = letters_and_digits(new.email)
    if digits:
        return False
    for name in (new.last_name, old.last_name, new.first_name, old.first_name):
        letters = without_name(letters, name)
    return len(letters) <= 1
