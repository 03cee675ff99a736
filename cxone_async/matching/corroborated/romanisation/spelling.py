"""The ways in which a name can be spelt in Latin letters, without listing them all.

A name is a sequence of *sounds*; each sound is the tuple of its spellings, the most usual one
first. Ten sounds of four spellings are a million forms: a given form is checked sound by sound
instead, and only the most usual forms are listed.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, product

Sounds = tuple[tuple[str, ...], ...]
"""A name: for each sound its spellings, the most usual one first."""

FORMS_LIMIT = 48
"""Forms that are listed for one reading of a name."""


def without_signs(name: str) -> str:
    """Return a name without the spaces between its words and the dot of an initial."""
    return name.replace(" ", "").replace(".", "")


def is_spelt(sounds: Sounds, latin: str) -> bool:
    """Say whether the Latin letters are one of the name's forms."""
    ends = {0}
    for spellings in sounds:
        ends = {
            end + len(part) for end in ends for part in spellings if latin.startswith(part, end)
        }
        if not ends:
            return False
    return len(latin) in ends


def longest_form_at(sounds: Sounds, text: str, start: int) -> int:
    """Return where the longest form of the name ends that begins at `start`; -1 without one."""
    ends = {start}
    for spellings in sounds:
        ends = {end + len(part) for end in ends for part in spellings if text.startswith(part, end)}
        if not ends:
            return -1
    return max(ends)


def usual_form(sounds: Sounds) -> str:
    """Return the most usual form."""
    return "".join(spellings[0] for spellings in sounds)


def usual_forms(sounds: Sounds, limit: int = FORMS_LIMIT) -> list[str]:
    """Return at most `limit` different forms, those first that depart least from the usual one."""
    forms: dict[str, None] = {}
    for form in _forms(sounds):
        forms[form] = None
        if len(forms) >= limit:
            break
    return list(forms)


def _forms(sounds: Sounds) -> Iterator[str]:
    """Yield the forms with none, one, two and three sounds spelt in a less usual way."""
    usual = [spellings[0] for spellings in sounds]
    varied = [at for at, spellings in enumerate(sounds) if len(spellings) > 1]
    yield "".join(usual)
    for departures in (1, 2, 3):
        for places in combinations(varied, departures):
            for chosen in product(*(sounds[at][1:] for at in places)):
                form = usual.copy()
                for at, spelling in zip(places, chosen, strict=True):
                    form[at] = spelling
                yield "".join(form)


def without_repetitions(spellings: Sequence[str]) -> tuple[str, ...]:
    """Return the spellings in order, each once."""
    return tuple(dict.fromkeys(spellings))
