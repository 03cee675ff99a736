"""Every form in which a mixed list writes a phone, with its right readings.

Tables A of issue 14, and other members of each kind as exports, spreadsheets and people write them.
Letters that are no label, masks, fractions and further digits never become digits of a number.

One entry for each form, therefore longer than other files.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from mixed_list.people import Number
from mixed_list.truth import ANY_REPAIR, Campaign, Cell, bad, either, read

REFUSED = "phone_"
_EVERYWHERE: tuple[str, ...] = ()
# Countries whose numbers have one length, so that a digit too many or too few is surely wrong.
_ONE_LENGTH = ("US", "CA", "FR", "ES")
_TRUNK = ("GB", "DE", "FR", "AU", "IE", "AT", "BE")
_DIALS_00 = ("GB", "DE", "FR", "IE", "HU", "AT", "BE", "ES", "IT")
# Of the allowed countries, the calling codes after which eight or nine digits may be a number.
_CODES_OF_ANY_LENGTH = ("49", "43", "353", "39", "61", "36", "32")


@dataclass(frozen=True, slots=True)
class Pen:
    """What a form writes with: its draws, the campaign, and numbers of other people."""

    draw: random.Random
    campaign: Campaign
    other_number: Callable[[str], Number]


_Write = Callable[[Number, Pen], Cell]


@dataclass(frozen=True, slots=True)
class Form:
    weight: float
    countries: tuple[str, ...]
    write: _Write


FORMS: list[Form] = []


def _form(
    weight: float = 1.0, countries: tuple[str, ...] = _EVERYWHERE
) -> Callable[[_Write], _Write]:
    def add(write: _Write) -> _Write:
        FORMS.append(Form(weight, countries, write))
        return write

    return add


def phone_cell(number: Number, pen: Pen) -> Cell:
    """One of all forms, by draw."""
    fitting = [form for form in FORMS if not form.countries or number.country in form.countries]
    return pen.draw.choices(fitting, [form.weight for form in fitting])[0].write(number, pen)


def plain_phone(number: Number, pen: Pen) -> Cell:
    """One of the forms that nobody can misread."""
    return pen.draw.choice((_with_plus, _own_output, _grouped_with_plus, _domestic))(number, pen)


def _split(digits: str, draw: random.Random, mark: str) -> str:
    """Digits in groups of two to four, as people and countries group them."""
    groups, rest = [], digits
    while len(rest) > 4:
        width = draw.choice((2, 3, 4))
        groups.append(rest[:width])
        rest = rest[width:]
    return mark.join([*groups, rest])


def _spoken(number: Number, draw: random.Random) -> str:
    """A complete number in one of the forms before which or after which something may stand."""
    if number.code == "1":
        area, exchange, line = number.national[:3], number.national[3:6], number.national[6:]
        return draw.choice(
            (f"{area}-{exchange}-{line}", f"({area}) {exchange}-{line}",
             f"+1 {area} {exchange} {line}",
             f"{area}.{exchange}.{line}", f"1-{area}-{exchange}-{line}")
        )  # fmt: skip
    return draw.choice(
        (
            f"+{number.code} {_split(number.national, draw, ' ')}",
            f"{number.domestic[:4]} {number.domestic[4:]}",
            number.domestic,
        )
    )


# --- plain ---------------------------------------------------------------------------------------


@_form(6)
def _with_plus(number: Number, pen: Pen) -> Cell:
    return read("plain", f"+{number.digits}", number.digits)


@_form(8)
def _own_output(number: Number, pen: Pen) -> Cell:
    return read("plain", number.digits, number.digits)


@_form(4)
def _grouped_with_plus(number: Number, pen: Pen) -> Cell:
    mark = pen.draw.choice((" ", "-", "."))
    return read(
        "plain", f"+{number.code}{mark}{_split(number.national, pen.draw, mark)}", number.digits
    )


@_form(8)
def _domestic(number: Number, pen: Pen) -> Cell:
    return read("plain", number.domestic, number.digits)


@_form(4)
def _spoken_form(number: Number, pen: Pen) -> Cell:
    return read("as spoken", _spoken(number, pen.draw), number.digits)


@_form(1)
def _code_in_groups(number: Number, pen: Pen) -> Cell:
    mark = pen.draw.choice((" ", "-"))
    text = f"{number.code}{mark}{_split(number.national, pen.draw, mark)}"
    return read("code without plus, grouped", text, number.digits)


@_form(2, _DIALS_00)
def _dialled_from_home(number: Number, pen: Pen) -> Cell:
    mark = pen.draw.choice(("", " ", "-"))
    text = f"00{mark}{number.code}{mark}{_split(number.national, pen.draw, mark)}"
    return read("00 and its code", text, number.digits)


@_form(0.5, ("US", "CA"))
def _dialled_011(number: Number, pen: Pen) -> Cell:
    return read("011 and its code", f"011 {number.code} {number.national}", number.digits)


@_form(2, _TRUNK)
def _lost_zero(number: Number, pen: Pen) -> Cell:
    return read("lost trunk zero", number.national, number.digits)


@_form(1, ("DE", "AT", "GB", "FR", "BE"))
def _slash_or_bracket(number: Number, pen: Pen) -> Cell:
    head, tail = number.domestic[:4], number.domestic[4:]
    text = pen.draw.choice(
        (f"{head}/{tail}", f"({head}) {tail}", f"{head} - {tail}", f" {head} {tail} ")
    )
    return read("area code set off", text, number.digits)


@_form(1.5)
def _bracketed_zero(number: Number, pen: Pen) -> Cell:
    national = _split(number.national, pen.draw, " ")
    plus = pen.draw.choice(("+", "+ ")) if number.code == "1" else "+"
    text = f"{plus}{number.code} (0) {national}"
    if number.trunk == "06":
        return either("bracketed zero", text, number.digits, problem=REFUSED)
    return read("bracketed zero", text, number.digits)


@_form(0.5, _TRUNK)
def _zero_kept(number: Number, pen: Pen) -> Cell:
    text = f"+{number.code} {number.domestic}"
    return either("trunk zero after the code", text, number.digits, problem=REFUSED)


# --- spreadsheets and programs -------------------------------------------------------------------


@_form(2)
def _float_of_output(number: Number, pen: Pen) -> Cell:
    return read("float of our output", f"{number.digits}.0", number.digits)


@_form(2)
def _float_of_national(number: Number, pen: Pen) -> Cell:
    text = f"{number.national}.0"
    if number.country == "IT":  # the zero belongs to the number; a float has lost it
        return bad("float without its zero", f"{number.national.lstrip('0')}.0", REFUSED)
    return read("float of a national number", text, number.digits)


@_form(0.5)
def _longer_fraction(number: Number, pen: Pen) -> Cell:
    text = number.digits + pen.draw.choice((".00", ",0", ".000000"))
    return either("longer zero fraction", text, number.digits, problem=REFUSED)


@_form(0.7)
def _fraction(number: Number, pen: Pen) -> Cell:
    text = pen.draw.choice((number.national, number.digits)) + pen.draw.choice((".5", ".25", ".07"))
    return bad("a fraction", text, REFUSED)


def _mantissa(digits: str, kept: int, mark: str) -> str:
    return f"{digits[0]}{mark}{digits[1:kept]}"


@_form(2)
def _scientific(number: Number, pen: Pen) -> Cell:
    whole = (
        number.digits
        if number.country == "IT"
        else pen.draw.choice((number.digits, number.national))
    )
    sign, power = pen.draw.choice((("E", ""), ("E+", ""), ("e+", ""), ("E+", "0"))), len(whole) - 1
    mark = pen.draw.choice((".", ".", ","))
    exponent = f"{sign[0]}{sign[1] if power < 10 else ''}{power}"
    return read(
        "all digits, scientific", _mantissa(whole, len(whole), mark) + exponent, number.digits
    )


@_form(2)
def _rounded(number: Number, pen: Pen) -> Cell:
    whole = number.digits
    kept = pen.draw.choice((1, 3, 5, 6, 7, len(whole) - 1))
    mark = pen.draw.choice((".", ",")) if kept > 1 else ""
    exponent = pen.draw.choice((f"E+{len(whole) - 1}", f"e+{len(whole) - 1}", f"E{len(whole) - 1}"))
    return bad("rounded by a spreadsheet", _mantissa(whole, kept, mark) + exponent, REFUSED)


@_form(1)
def _formula(number: Number, pen: Pen) -> Cell:
    inner = pen.draw.choice((number.domestic, number.digits, f"+{number.digits}"))
    return read("a spreadsheet's formula", f'="{inner}"', number.digits)


@_form(1)
def _apostrophe(number: Number, pen: Pen) -> Cell:
    inner = pen.draw.choice((number.domestic, number.digits, f"+{number.digits}"))
    return read("a spreadsheet's apostrophe", f"'{inner}", number.digits)


@_form(0.4)
def _quoted(number: Number, pen: Pen) -> Cell:
    return either("quotes inside", f'"{number.domestic}"', number.digits, problem=REFUSED)


@_form(0.4)
def _wrapped(number: Number, pen: Pen) -> Cell:
    text = pen.draw.choice(
        (f"tel:+{number.digits}", f"p:+{number.digits}", f"callto:+{number.digits}",
         f"%2B{number.digits}", f"{number.domestic}&nbsp;", f"whatsapp:+{number.digits}",
         f"=+{number.digits}", f"-{number.digits}", f"++{number.digits}",
         f"(+{number.code}) {number.national}")
    )  # fmt: skip
    return either("wrapped by a program", text, number.digits, problem=REFUSED)


# --- characters ----------------------------------------------------------------------------------


@_form(2)
def _odd_space(number: Number, pen: Pen) -> Cell:
    mark = pen.draw.choice(("\u202f", "\u2007", "\u2009", "\t", "\u00a0", "\u2003", "\u3000"))
    text = pen.draw.choice(
        (f"+{number.code}{mark}{_split(number.national, pen.draw, mark)}",
         _split(number.domestic, pen.draw, mark), f"{mark}+{number.digits}{mark}")
    )  # fmt: skip
    return read("odd spaces", text, number.digits)


@_form(1.5)
def _invisible(number: Number, pen: Pen) -> Cell:
    inner = pen.draw.choice((f"+{number.digits}", number.domestic))
    before, after = pen.draw.choice(
        (("\u202a", "\u202c"), ("\u202d", "\u202c"), ("\u200e", ""), ("", "\u200b"), ("\ufeff", ""),
         ("\u2066", "\u2069"), ("", "\u200f"), ("\u2060", ""))
    )  # fmt: skip
    return read("invisible characters around", f"{before}{inner}{after}", number.digits)


@_form(0.7)
def _invisible_inside(number: Number, pen: Pen) -> Cell:
    mark = pen.draw.choice(("\u200b", "\u00ad", "\u2060", "\u200c"))
    text = f"+{number.code}{mark}{_split(number.national, pen.draw, mark)}"
    return either("invisible characters inside", text, number.digits, problem=REFUSED)


@_form(0.7)
def _odd_dash(number: Number, pen: Pen) -> Cell:
    mark = pen.draw.choice(("\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"))
    text = f"+{number.code}{mark}{_split(number.national, pen.draw, mark)}"
    return read("odd dashes", text, number.digits)


@_form(0.7)
def _other_digits(number: Number, pen: Pen) -> Cell:
    zero = pen.draw.choice((0xFF10, 0x0660, 0x06F0))
    text = "".join(chr(zero + int(digit)) for digit in number.domestic)
    return read("digits of another script", text, number.digits)


# --- labels, extensions, second numbers ----------------------------------------------------------


@_form(3)
def _label(number: Number, pen: Pen) -> Cell:
    label = pen.draw.choice(
        ("mob", "mob.", "mobile", "home", "work", "cell", "office", "(GSM)", "(home)", "(work)",
         "(mobile)",
         "[mobile]", "(privat)", "Handy", "handy", "GSM", "(cell)", "MOBILE", "(Büro)",
         "privat", "fixe")
    )  # fmt: skip
    text = f"{_spoken(number, pen.draw)} {label}"
    return read("label after the number", text, number.digits)


@_form(1)
def _name_after(number: Number, pen: Pen) -> Cell:
    word = pen.draw.choice(
        ("Max", "Fax", "- ask for Joan", "(Ada)", "Mum", "*", "!", "Bob", "Anna")
    )
    text = f"{_spoken(number, pen.draw)} {word}"
    return either("a word after the number", text, number.digits, problem=REFUSED)


@_form(1)
def _label_before(number: Number, pen: Pen) -> Cell:
    label = pen.draw.choice(
        ("Tel: ", "Tel. ", "mobile ", "M: ", "Phone: ", "Mob ", "Handy: ", "(GSM) ", "ph ")
    )
    text = f"{label}{_spoken(number, pen.draw)}"
    return either("label before the number", text, number.digits, problem=REFUSED)


@_form(1.5)
def _extension(number: Number, pen: Pen) -> Cell:
    width = pen.draw.choice((2, 3, 4))
    mark = pen.draw.choice((" x", " ext. ", " ext ", ";ext=", " extension "))
    extension = pen.draw.randrange(10 ** (width - 1), 10**width)
    text = f"{_spoken(number, pen.draw)}{mark}{extension}"
    return read("an extension", text, number.digits, told="phone_extension_left_out")


@_form(1.5)
def _digits_after(number: Number, pen: Pen) -> Cell:
    tail = pen.draw.choice(
        (" App. 12", " Apt 4", "/68", "/0144", " ab 18 Uhr", " after 5pm", " (2)", " (after 6)",
         " room 204", " #3", " 2nd floor", " Durchwahl 17", ", 18-20 Uhr", " poste 42",
         " int. 7", " w/ 12")
    )  # fmt: skip
    text = f"{_spoken(number, pen.draw)}{tail}"
    return either("digits after the number", text, number.digits, problem=REFUSED, told=ANY_REPAIR)


@_form(2.5)
def _two_numbers(number: Number, pen: Pen) -> Cell:
    second = pen.other_number(number.country)
    mark = pen.draw.choice((";", ",", "; ", ", "))
    style = pen.draw.choice(("domestic", "plus", "output"))
    first_text, second_text = (_styled(one, style) for one in (number, second))
    return read(
        "two numbers", f"{first_text}{mark}{second_text}", number.digits,
        told=ANY_REPAIR, also=(second.digits,),
    )  # fmt: skip


@_form(1)
def _two_numbers_otherwise(number: Number, pen: Pen) -> Cell:
    second = pen.other_number(number.country)
    mark = pen.draw.choice(
        (" / ", " or ", " oder ", "\n", " | ", "|", "/", " & ", " und ", " - ", "  ")
    )
    style = pen.draw.choice(("domestic", "plus"))
    first_text, second_text = (_styled(one, style) for one in (number, second))
    return either(
        "two numbers, otherwise joined", f"{first_text}{mark}{second_text}", number.digits,
        problem=REFUSED, told=ANY_REPAIR, also=(second.digits,),
    )  # fmt: skip


def _styled(number: Number, style: str) -> str:
    return {"domestic": number.domestic, "plus": f"+{number.digits}", "output": number.digits}[
        style
    ]


# --- other countries' codes ----------------------------------------------------------------------


@_form(1.5)
def _of_another_country(number: Number, pen: Pen) -> Cell:
    """A number of an allowed country, in a row of another one."""
    other = pen.other_number("")
    text = f"+{other.code} {_split(other.national, pen.draw, ' ')}"
    kind = "another country's number"
    if other.code == number.code:
        return read(kind, text, other.digits)
    if pen.campaign.phone_country == "row":
        return bad(kind, text, "phone_country_mismatch")
    if pen.campaign.phone_country == "any":
        return either(kind, text, other.digits, problem="phone_ambiguous")
    return read(kind, text, other.digits)


@_form(1)
def _of_a_country_not_allowed(number: Number, pen: Pen) -> Cell:
    foreign = pen.draw.choice(("468", "2022", "8131", "4166")) + f"{pen.draw.randrange(10**7):07}"
    if number.country in _DIALS_00:
        text = pen.draw.choice(("+", "00", "+ ")) + foreign
    else:
        text = f"+{foreign}"
    kind = "a number of a country not allowed"
    if pen.campaign.phone_country == "any":
        return either(kind, text, foreign, problem=REFUSED)
    return bad(kind, text, "phone_country_mismatch")


@_form(2)
def _plus_without_code(number: Number, pen: Pen) -> Cell:
    """A plus, or 00, before a national number: a code that nobody meant."""
    plus = pen.draw.choice(("+", "+", "00")) if number.country in _DIALS_00 else "+"
    mark = pen.draw.choice(("", "-", " "))
    text = plus + mark * (plus == "00") + _split(number.national, pen.draw, mark)
    kind = "a plus without its code"
    if number.national.startswith("0"):
        return either(kind, text, number.digits, problem=REFUSED)
    elsewhere = number.national.startswith(_CODES_OF_ANY_LENGTH) or (
        number.national[0] == "1" and len(number.national) == 11
    )
    if elsewhere and pen.campaign.phone_country != "row":
        return either(kind, text, number.national, problem=REFUSED)
    if pen.campaign.phone_country == "any":
        if number.code == "1":
            return bad(kind, text, REFUSED)
        return either(kind, text, number.national, problem=REFUSED)
    return bad(kind, text, REFUSED)


@_form(0.5, ("US", "CA", "FR", "AU"))
def _foreign_without_plus(number: Number, pen: Pen) -> Cell:
    """Another country's digits without a plus, too long for the row's country."""
    other = pen.other_number({"FR": "US", "AU": "US"}.get(number.country, "GB"))
    return bad("another country's digits without a plus", other.digits, REFUSED)


# --- no number -----------------------------------------------------------------------------------


@_form(1.5)
def _masked(number: Number, pen: Pen) -> Cell:
    mask = pen.draw.choice(("X", "x", "*", "N", "#", "?", "_", "•"))
    hidden = pen.draw.choice((2, 3, 4))
    whole = _spoken(number, pen.draw)
    shown = whole[:-hidden]
    return bad("masked", shown + mask * hidden, REFUSED)


@_form(1.5)
def _letter_for_digit(number: Number, pen: Pen) -> Cell:
    whole = pen.draw.choice((f"+{number.digits}", number.domestic, number.digits))
    swaps = {"0": "oO", "1": "lI", "5": "sS", "8": "B", "2": "zZ", "6": "G"}
    places = [place for place, digit in enumerate(whole) if digit in swaps and place > 0]
    if not places:
        return _masked(number, pen)
    place = pen.draw.choice(places)
    text = whole[:place] + pen.draw.choice(swaps[whole[place]]) + whole[place + 1 :]
    return bad("a letter for a digit", text, REFUSED)


@_form(1)
def _letter_between(number: Number, pen: Pen) -> Cell:
    whole = number.domestic
    place = pen.draw.randrange(4, len(whole) - 1)
    text = f"{whole[:place]}{pen.draw.choice((' l', 'A', 'k', ' b ', 'é'))}{whole[place:]}"
    return bad("a letter between digits", text, REFUSED)


@_form(1.5)
def _placeholder(number: Number, pen: Pen) -> Cell:
    texts = {
        "US": ("0000000000", "1111111111", "1234567890", "9999999999", "2222222222", "000-000-0000",
               "+10000000000", "(999) 999-9999", "11111111111", "5555555555", "1-111-111-1111"),
        "GB": ("00000000000", "01111111111"),
        "FR": ("0000000000", "0111111111"),
    }  # fmt: skip
    text = pen.draw.choice(texts.get(number.country, ("0000000000", "000000", "+00000000000")))
    return bad("placeholder", text, REFUSED)


@_form(0.7, ("US", "CA"))
def _not_of_the_plan(number: Number, pen: Pen) -> Cell:
    text = pen.draw.choice(
        ("069 2476662", "1555550143", "0205550143", "(030) 555-0143", "+1 069 247 6662")
    )
    return bad("not of the plan", text, REFUSED)


@_form(1, _ONE_LENGTH)
def _wrong_length(number: Number, pen: Pen) -> Cell:
    whole = number.domestic
    text = pen.draw.choice((whole[:-1], whole[:-2], whole + "7", whole + "42", whole + whole))
    if number.country in ("US", "CA") and len(text) == 11:
        text += "9"
    return bad("wrong length", text, REFUSED)


@_form(0.7, ("US", "CA"))
def _local_only(number: Number, pen: Pen) -> Cell:
    return bad("without its area code", f"{number.national[3:6]}-{number.national[6:]}", REFUSED)


@_form(0.7, ("US", "CA", "FR"))
def _no_phone_at_all(number: Number, pen: Pen) -> Cell:
    text = pen.draw.choice(
        ("ada@example.com", "2024-05-17", "17.05.2024", "12/05/2024", "call me", "unlisted",
         "911", "112", "0", "5",
         "yes", "Main Street 12", "#REF!", "#ERROR!", "TRUE", "12:30", "$45.20", "x", "?",
         "ext. 12", "+", "()")
    )  # fmt: skip
    return (
        bad("no phone at all", text, REFUSED)
        if text != "#REF!"
        else either("no phone at all", text, "", problem=REFUSED)
    )


@_form(2)
def _empty(number: Number, pen: Pen) -> Cell:
    text = pen.draw.choice(
        ("", " ", "#N/A", "N/A", "n.a.", "null", "none", "-", "(blank)", "NULL", "n/a", "None")
    )
    return read("empty", text, "")


def vanity_cells(pen: Pen) -> list[tuple[str, Cell]]:
    """Numbers spelt in letters, each once: a country and its cell."""
    keys = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999", strict=True))
    spelt = [
        "1-800-FLOWERS",
        "212-555-CALL",
        "1-888-GO-FEDEX",
        "(312) 555-SAVE",
        "1 (866) MATTRES",
        "+1 855 GETHELP",
    ]
    cells = []
    for text in spelt:
        digits = "".join(
            keys.get(character, character) for character in text if character.isalnum()
        )
        national = digits[1:] if digits.startswith("1") else digits
        if text == "1-888-GO-FEDEX":  # two words: the issue speaks of one
            cell = either("vanity", text, f"1{national}", problem=REFUSED)
        else:
            cell = read("vanity", text, f"1{national}")
        cells.append(("US", cell))
    return cells
