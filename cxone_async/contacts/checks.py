"""How strictly a row's fields are checked: the choices, apart from the code that checks."""

from enum import StrEnum


class PhoneCheck(StrEnum):
    """How much is asked of a phone; the values of `--phone-check`.

    `possible`: its length and its first digits fit its country's numbering plan, area code
    included.
    `strict`: it also lies in a range that the plan has handed out, as far as
    libphonenumber's tables know; they age. `off`: nothing is asked.
    """

    STRICT = "strict"
    POSSIBLE = "possible"
    OFF = "off"


class PhoneCountry(StrEnum):
    """From which countries a phone may be; the values of `--phone-country`.

    `row`: from the row's only. `allowed`: also from one that the campaign allows, if the cell has
    the calling code after a plus sign or the prefix for calls abroad. `any`: from every country, if
    it has such a code.
    """

    ROW = "row"
    ALLOWED = "allowed"
    ANY = "any"


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
