"""What each cell and each row of a mixed list means, and whether an observed end contradicts it.

The truth is known where the row is made. It is never computed by the code under test, and holds no
opinion where issue 14 leaves two right ends open: then both are right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

FIELDS = ("phone", "email", "first_name", "last_name", "country")
ANY_REPAIR = "any"


@dataclass(frozen=True, slots=True)
class Campaign:
    """What the tenant and the command line ask of a list."""

    name: str
    required: tuple[str, ...] = ("phone",)
    honours_flags: bool = True
    phone_country: str = "allowed"
    match: str = "off"
    phone_columns: tuple[str, ...] = ("Phone",)
    allowed: tuple[str, ...] = (
        "US", "CA", "GB", "DE", "FR", "AU", "IE", "HU", "AT", "IT", "ES", "BE",
    )  # fmt: skip

    def tenant_options(self) -> tuple[str, ...]:
        flags = ("--dnc-enabled",) if self.honours_flags else ()
        return (
            *("--allowed-countries", ",".join(self.allowed)),
            *("--required-fields", ",".join(self.required)),
            *flags,
        )

    def flags(self) -> tuple[str, ...]:
        several = ("--map", f"phone={','.join(self.phone_columns)}")
        return (
            *("--match", self.match, "--phone-country", self.phone_country),
            *(several if len(self.phone_columns) > 1 else ()),
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text and its right readings.

    `rights`: the values that may go out; "" among them: the cell may be read as empty. `problem`:
    how the reason begins when the cell may be refused instead; "" when it must be read. `told`: a
    repair that must be named when the cell is read, or ANY_REPAIR. `also`: further phones in it.
    """

    kind: str
    text: str
    rights: frozenset[str]
    problem: str = ""
    told: str = ""
    also: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        return not self.rights


def read(kind: str, text: str, *rights: str, told: str = "", also: tuple[str, ...] = ()) -> Cell:
    """A cell that must be read as one of `rights`."""
    return Cell(kind, text, frozenset(rights), "", told, also)


def bad(kind: str, text: str, problem: str) -> Cell:
    """A cell that must be refused."""
    return Cell(kind, text, frozenset(), problem)


def either(
    kind: str, text: str, *rights: str, problem: str, told: str = "", also: tuple[str, ...] = ()
) -> Cell:
    """A cell that may be read as one of `rights`, or be refused."""
    return Cell(kind, text, frozenset(rights), problem, told, also)


@dataclass(slots=True)
class Row:
    """One row: its cells, and the ends that its neighbours and lists allow.

    `must_not_call` and `may_not_call` hold reasons of suppression. `repeats` holds the rows it may
    be called a duplicate of; with `is_repeat` it must be one, with `may_repeat` any row
    will do.
    """

    number: int
    phones: list[Cell]
    email: Cell
    first_name: Cell
    last_name: Cell
    country: Cell
    flag: Cell
    link: str = ""
    must_not_call: set[str] = field(default_factory=set)
    may_not_call: set[str] = field(default_factory=set)
    repeats: set[int] = field(default_factory=set)
    is_repeat: bool = False
    may_repeat: bool = False

    @property
    def kinds(self) -> str:
        cells = (*self.phones, self.email, self.first_name, self.last_name, self.country, self.flag)
        odd = [f"{cell.kind} {cell.text!r}" for cell in cells if cell.kind != "plain"]
        return ", ".join([*odd, *([self.link] if self.link else [])]) or "plain"


@dataclass(frozen=True, slots=True)
class End:
    """A row's end: its line of outcomes.csv, and what the tenant holds of it."""

    outcome: str
    reason: str
    duplicate_of: str
    repairs: str
    taken: Mapping[str, str] | None


class Examiner:
    """Compares ends with the truth, row by row."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign

    def contradiction(self, row: Row, end: End) -> str:
        """Say in what an end contradicts the truth; "" when it does not."""
        match end.outcome:
            case "imported":
                return self._of_imported(row, end)
            case "invalid":
                return self._of_invalid(row, end)
            case "suppressed":
                return self._of_suppressed(row, end)
            case "duplicate":
                return self._of_duplicate(row, end)
        return f"ends {end.outcome} {end.reason}"

    def _of_imported(self, row: Row, end: End) -> str:
        if row.must_not_call:
            return f"goes out, must be suppressed ({_listed(row.must_not_call)})"
        if row.is_repeat:
            return f"goes out, must be a duplicate of {_listed(row.repeats)}"
        if end.taken is None:
            return "is imported, but the tenant does not hold it"
        rights = self._rights(row)
        for name in FIELDS:
            if not rights[name]:
                return f"goes out, must be invalid: {name} ({_listed(self._problems(row))})"
            if end.taken[name] not in rights[name]:
                shown = " or ".join(map(repr, sorted(rights[name])))
                return f"goes out with {name} {end.taken[name]!r}, must be {shown}"
        return self._of_repairs(row, end)

    def _of_repairs(self, row: Row, end: End) -> str:
        assert end.taken is not None
        repairs = end.repairs.split(";") if end.repairs else []
        told = {row.email.told if end.taken["email"] in row.email.rights else "email_left_out"}
        for cell in row.phones:
            if end.taken["phone"] in cell.rights:
                told.add(cell.told)
                break
        else:
            told.add(ANY_REPAIR)
        told.discard("")
        if not told and row.kinds == "plain" and repairs:
            return f"names repairs {end.repairs!r} of a row that needs none"
        missing = {code for code in told if code not in repairs and code != ANY_REPAIR}
        if missing or (told and not repairs):
            return f"goes out without saying {_listed(missing or told)} (says {end.repairs!r})"
        return ""

    def _of_invalid(self, row: Row, end: End) -> str:
        problems = self._problems(row)
        if not problems:
            return f"is invalid ({end.reason}), must be {self._right_end(row)}"
        if not any(end.reason.startswith(problem) for problem in problems):
            return f"is invalid as {end.reason}, must be as {_listed(problems)}"
        return ""

    def _of_suppressed(self, row: Row, end: End) -> str:
        allowed = row.must_not_call | row.may_not_call
        if end.reason not in allowed:
            right = f"as {_listed(allowed)}" if allowed else self._right_end(row)
            return f"is suppressed as {end.reason}, must be {right}"
        return ""

    def _of_duplicate(self, row: Row, end: End) -> str:
        if not row.may_repeat and end.duplicate_of not in map(str, row.repeats):
            return f"is a duplicate of {end.duplicate_of}, must be {self._right_end(row)}"
        return ""

    def _right_end(self, row: Row) -> str:
        if row.must_not_call:
            return f"suppressed ({_listed(row.must_not_call)})"
        if row.is_repeat:
            return f"a duplicate of {_listed(row.repeats)}"
        if any(not values for values in self._rights(row).values()):
            return f"invalid ({_listed(self._problems(row))})"
        return "sent"

    def _rights(self, row: Row) -> dict[str, frozenset[str]]:
        """What may go out of each field; nothing at all: the row must be refused."""
        return {
            "phone": self._usable("phone", _first_usable(row.phones)),
            "email": self._usable("email", row.email),
            "first_name": row.first_name.rights,
            "last_name": row.last_name.rights,
            "country": row.country.rights & frozenset(self._campaign.allowed),
        }

    def _usable(self, name: str, cell: Cell) -> frozenset[str]:
        if name in self._campaign.required:
            return cell.rights - {""}
        return cell.rights | {""} if cell.problem else cell.rights

    def _problems(self, row: Row) -> set[str]:
        problems = {row.country.problem}
        if row.country.rights - frozenset(self._campaign.allowed):
            problems |= {"country_not_allowed", "phone_"}  # its phone is read as that country's
        for name, cell in (("phone", _first_usable(row.phones)), ("email", row.email)):
            if name in self._campaign.required:
                problems.add(cell.problem)
                if "" in cell.rights:
                    problems.add(f"{name}_missing")
        problems.discard("")
        if problems:
            # Nobody can be reached: what is not required may be named as well.
            problems |= {_first_usable(row.phones).problem, row.email.problem} - {""}
        return problems


def _first_usable(cells: list[Cell]) -> Cell:
    """The first of several phone cells that must be read; one that may be read widens the truth."""
    rights: frozenset[str] = frozenset()
    problem, told = "", ""
    for cell in cells:
        rights |= cell.rights - {""}
        if cell.rights - {""} and not cell.problem and "" not in cell.rights:
            return Cell(cell.kind, cell.text, rights, "", cell.told)
        problem = problem or cell.problem
        told = told or cell.told
    if all("" in cell.rights for cell in cells):
        rights |= {""}
    elif not problem:
        problem = "phone_"
    return Cell(cells[0].kind, cells[0].text, rights, problem, told)


def _listed(values: set[str] | set[int]) -> str:
    return " or ".join(sorted(map(str, values)))
