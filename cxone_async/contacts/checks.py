"""How strictly a row's fields are checked: the choices, apart from the code that checks."""

from enum import StrEnum


class PhoneCheck(StrEnum):
    """How much is asked of a phone; the values of `--phone-check`.

    `possible`: its length fits its country's numbering plan, area code included.
    `strict`: it also lies in a range that the plan has handed out, as far as
    libphonenumber's tables know; they age. `off`: nothing is asked.
    """

    STRICT = "strict"
    POSSIBLE = "possible"
    OFF = "off"


class EmailCheck(StrEnum):
    """How much is asked of an email; the values of `--email-check`."""

    SYNTAX = "syntax"
    OFF = "off"


class DoNotCall(StrEnum):
    """Whether do-not-call flags count; the values of `--dnc`.

    `campaign`: as the campaign says. `always`: whatever it says.
    """

    CAMPAIGN = "campaign"
    ALWAYS = "always"
