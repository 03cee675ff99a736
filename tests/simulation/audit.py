"""The invariants that must hold for every seed, each with its own name.

The audit uses the tenant's own record, the commits, and the files as the csv module reads them. It
uses none of the code under test, except `verify`: the product's own independent check, which must
find nothing.

    every-row-once         input rows = sum of the outcomes, each row once
    never-sent-rows        duplicate, invalid and suppressed rows are those of the input, unsent
    imported-is-true       `imported` only after the tenant's success for that row is durable
    failed-is-true         `failed` only when the tenant refused the row, and did not take it;
                           `duplicate` of a row that was sent only when the tenant had it already
    unresolved-is-true     `unresolved` only where the outcome cannot be known
    attempts-are-true      as many attempts as imports held the row
    no-contact-twice       the tenant took no contact twice
    no-ambiguous-repeat    no submission in doubt goes out again, except under its own key
    segment-in-imported    the segment holds imported rows only, and the report says which
    segment-complete       imported contacts that are not in the segment were refused there
    intent-before-byte     the intent, with its rows, is durable before a submission leaves
    id-before-poll         an import id is durable before anything depends on it
    emitted-when-durable   an outcome is emitted after its result is durable
    terminal-never-changes the end of a row or chunk is final, in the journal and the files
    finished-stays         a finished run sends nothing; it prepares nothing while its files are
                           intact, and otherwise writes the same files again
    run-ends, run-finishes no start hangs, and a start without faults finishes the run
    ends-in-time           a start ends by its deadline, and drains within its grace
    quota-holds            no 60 s hold more departures than the quota; all are reported
    bounds-hold            queue and in-flight bounds
    one-process            a second process is refused while the first lives
    exit-code              the exit code says what happened
    files-agree            the files agree with each other, with `verify` and with the exit code
    loss-refused           a journal that has lost its end is refused, and sends nothing
    no-internal-error      no run ends in an exception outside the exception tree
    killed-as-undisturbed  with kills only, each row ends as without them, or unresolved
"""

import csv
import json
from collections import Counter, defaultdict, deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from record import Record, blame

from cxone_async.verification import verify

if TYPE_CHECKING:
    from start import Start

NOT_TAKEN = frozenset({400, 401, 403, 404, 413, 422, 429, 503})
"""What the contract says was not processed when it answers a submission."""

REFUSED_WHOLE = frozenset({400, 413, 422})
"""Tells of the sending it answers; an earlier one under the same key stays in doubt."""

FILES = (
    "outcomes.csv",
    "rejects.csv",
    "unresolved.csv",
    "review.csv",
    "duplicates.csv",
    "report.html",
    "reconciliation.json",
    "reconciliation.csv",
)
AS_UNDISTURBED = ("row", "line", "outcome", "reason", "duplicate_of", "rule", "score", "attempts")
SENDS_IN_DOUBT = 8
NOT_FOUND_BEFORE_LOST = 2
SUCCESS, SOME_BAD, STOPPED_BY_TENANT = 0, 3, 69
DRAINED, CANNOT_WRITE, REFUSED, MISCONFIGURED = 75, 73, 77, 78


def bytes_of_files(directory: Path) -> dict[str, bytes]:
    return {name: (directory / name).read_bytes() for name in FILES}


# After every start


def check_start(record: Record, start: "Start", code: int | None, directory: Path) -> None:
    """Check how and when a start ended, and what it sent."""
    _mark_interrupted(record)
    _check_quota(record)
    _check_contacts(record)
    took_s = start.worked_until_s - start.began_s
    plan = start._plan
    deadline_s, grace_s = plan.deadline_s, record.scenario.grace_s
    if deadline_s is not None and took_s > deadline_s + grace_s + 5.0:
        blame("ends-in-time", f"{took_s:.0f} s, with a deadline of {deadline_s:.0f} s")
    if start.stopped_s is not None and code == DRAINED:
        drained_s = start.worked_until_s - start.stopped_s
        if drained_s > grace_s + 5.0:
            blame("ends-in-time", f"draining took {drained_s:.1f} s, with {grace_s:g} s of grace")
    if start.stopped_at_once_s is not None and code == DRAINED:
        drained_s = start.worked_until_s - start.stopped_at_once_s
        if drained_s > 5.0:
            blame("ends-in-time", f"stopped at once, it took {drained_s:.1f} s")
    if code in (SUCCESS, SOME_BAD):
        return
    written = [name for name in FILES if (directory / name).exists()]
    # With 73 the last commit, which comes after the files, may have failed.
    if code not in (None, CANNOT_WRITE) and not start.files_before.issuperset(written):
        blame("files-agree", f"a run that stopped with {code} wrote {written}")
    _check_reason_to_stop(start, code)


def _check_reason_to_stop(start: "Start", code: int | None) -> None:
    if code is None:
        allowed = start.was_killed
    elif code == STOPPED_BY_TENANT:
        # One fault, however long the silence before it, is not a tenant that fails.
        allowed = start._plan.deadline_s is not None or start.faults.since_success > 1
    elif code == DRAINED:
        allowed = start.stopped_s is not None
    elif code == CANNOT_WRITE:
        allowed = start.journal_failed
    elif code in (REFUSED, MISCONFIGURED):
        reasons = {303, 304, 400, 401, 403, 404, 405, 409, 413, 422, 425}
        allowed = not reasons.isdisjoint(start.network.statuses_received)
    else:
        allowed = False
    if not allowed:
        blame("exit-code", f"a start ended with {code}, and nothing of it explains that")


def _mark_interrupted(record: Record) -> None:
    for chunk, state in record.durable.state.items():
        if state == "intended":
            record.in_doubt_rows.update(row for row, _ in record.durable.rows[chunk])


def _check_quota(record: Record) -> None:
    """Check departures against the quota; a new start may be one slot early."""
    quota = record.scenario.quota
    if not quota:
        return
    window: deque[Any] = deque()
    for request in record.requests:
        window.append(request)
        while window[0].departed_s <= request.departed_s - 60.0:
            window.popleft()
        restarts = request.start - window[0].start
        if len(window) > quota + restarts:
            blame(
                "quota-holds",
                f"{len(window)} requests left in the 60 s before {request.departed_s:.1f}, "
                f"the quota is {quota}",
            )


def _check_contacts(record: Record) -> None:
    rows_of = Counter(row.email for row in record.scenario.rows if standing(record, row) == "sent")
    for email, taken in record.tenant.takes.items():
        if len(taken) > rows_of[email]:
            blame("no-contact-twice", f"{email} was taken {len(taken)} times")


def standing(record: Record, row: Any) -> str:
    """What the input alone says of a row: "sent", or its outcome."""
    if row.standing == "duplicate" and record.scenario.match == "off":
        return "sent"
    said: str = row.standing
    return said


def check_refused_for_loss(start: "Start", code: int | None) -> None:
    """Check that a journal that has lost its end is refused before anything is sent."""
    if code != MISCONFIGURED:
        blame("loss-refused", f"a journal that has lost its end was resumed: it ended with {code}")
    if any(request.phase != "token" for request in start.network.requests):
        blame("loss-refused", "a journal that has lost its end was refused after requests")


# After the start that finished


def check_finished(
    record: Record, start: "Start", directory: Path, csv_path: Path, code: int
) -> None:
    """Check the files, row by row."""
    with (directory / "outcomes.csv").open(newline="") as file:
        outcomes = list(csv.DictReader(file))
    record.outcomes = outcomes
    numbers = [int(each["row"]) for each in outcomes]
    if numbers != list(range(1, len(record.scenario.rows) + 1)):
        blame("every-row-once", f"{len(record.scenario.rows)} rows, outcomes of {numbers}")
    _check_files(record, start, directory, csv_path, outcomes, code)
    explained = Explanations(record)
    for row, outcome in zip(record.scenario.rows, outcomes, strict=True):
        expected = standing(record, row)
        if expected != "sent":
            if outcome["outcome"] != expected:
                blame("never-sent-rows", f"row {outcome['row']} is {outcome['outcome']}")
            continue
        explained.check(row.email, outcome)
    _check_segment(record, outcomes)


def _check_files(
    record: Record,
    start: "Start",
    directory: Path,
    csv_path: Path,
    outcomes: list[dict[str, str]],
    code: int,
) -> None:
    if said := verify(directory, csv_path):
        blame("files-agree", f"verify says: {said[0]}")
    counts = Counter(each["outcome"] for each in outcomes)
    segmented = sum(each["segmented"] == "yes" for each in outcomes)
    with (directory / "reconciliation.csv").open(newline="") as file:
        totals = dict(csv.reader(file))
    keys = {
        "total_input": len(outcomes),
        "fuzzy_deduplicated": counts["duplicate"],
        "successfully_imported": counts["imported"],
        "failed_after_retries": counts["failed"],
        "data_integrity_check": "PASS",
        "invalid": counts["invalid"],
        "suppressed": counts["suppressed"],
        "unresolved": counts["unresolved"],
        "ready": 0,
        "segmented": segmented,
    }
    for key, value in keys.items():
        if totals[key] != str(value):
            blame("files-agree", f"{key} is {totals[key]}, the outcomes say {value}")
    for name, which in (
        ("rejects.csv", ("invalid", "failed")),
        ("unresolved.csv", ("unresolved",)),
    ):
        with (directory / name).open(newline="") as file:
            named = sorted(int(each["_row"]) for each in csv.DictReader(file))
        if named != [int(each["row"]) for each in outcomes if each["outcome"] in which]:
            blame("files-agree", f"{name} names other rows than outcomes.csv")
    not_segmented = counts["imported"] - segmented if record.scenario.segment else 0
    bad = counts["failed"] or counts["unresolved"] or not_segmented
    if code != (SOME_BAD if bad else SUCCESS):
        blame("exit-code", f"finished with {code}, the files say {counts}")
    by_kind = json.loads((directory / "reconciliation.json").read_bytes())["requests_by_kind"]
    for phase, left in Counter(each.phase for each in start.network.requests).items():
        still_under_way = (
            phase == "token"
        )  # started for the last call, after the requests were counted
        if by_kind.get(phase, 0) + still_under_way < left:
            blame("quota-holds", f"{left} {phase} requests left, {by_kind.get(phase, 0)} reported")


def _check_segment(record: Record, outcomes: list[dict[str, str]]) -> None:
    scenario, tenant = record.scenario, record.tenant
    imported = {each["contact_id"] for each in outcomes if each["outcome"] == "imported"}
    lost = {
        contact_id
        for each in outcomes
        if each["reason"] == "journal_lost"
        for contact_id, taken in tenant.taken.items()
        if taken["email"] == record.scenario.rows[int(each["row"]) - 1].email
    }
    if not tenant.members <= imported | lost:
        blame("segment-in-imported", f"{tenant.members - imported} are in the segment")
    if not scenario.segment:
        return
    calls = defaultdict(list)
    for request in record.requests:
        if request.phase == "segment":
            for contact_id in request.ids:
                calls[contact_id].append(request)
    for each in outcomes:
        contact_id = each["contact_id"]
        if each["segmented"] == "yes" and contact_id not in tenant.members:
            blame("segment-in-imported", f"row {each['row']} is not in the tenant's segment")
        if each["segmented"] == "no" and contact_id:
            refused = contact_id in tenant.refused_members
            unknown = any(call.answered == 404 for call in record.requests)
            in_doubt = sum(not call.usable for call in calls[contact_id]) >= SENDS_IN_DOUBT
            if not (refused or unknown or in_doubt):
                blame("segment-complete", f"row {each['row']} is not in the segment")


def check_as_undisturbed(killed: Record, undisturbed: Record) -> None:
    """Compare a run that was only killed and resumed with the same run left alone."""
    rows_of = Counter(row.email for row in killed.scenario.rows)
    for one, other, row in zip(
        killed.outcomes, undisturbed.outcomes, killed.scenario.rows, strict=True
    ):
        if one["outcome"] == "unresolved":  # already checked
            continue
        if rows_of[row.email] > 1:  # the order decides which of several equal rows the tenant means
            continue
        different = [key for key in AS_UNDISTURBED if one[key] != other[key]]
        if different:
            blame(
                "killed-as-undisturbed",
                f"row {one['row']} has {different} {[one[key] for key in different]}, "
                f"undisturbed {[other[key] for key in different]}",
            )


class Explanations:
    """Why a row that was sent may have ended as the report says."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._tenant = record.tenant
        self._submits: dict[str, list[Any]] = defaultdict(list)
        for request in record.requests:
            if request.phase == "submit":
                for email in set(request.emails):
                    self._submits[email].append(request)
        self._used_ids: set[str] = set()
        self._answered_not_found = Counter(
            request.import_id
            for request in record.requests
            if request.phase == "poll" and request.answered == 404
        )

    def check(self, email: str, outcome: dict[str, str]) -> None:
        """Compare one row of the report with the tenant's record of its contact."""
        row = int(outcome["row"])
        durable = self._record.durable.ends.get(row)
        said = (outcome["outcome"], outcome["reason"], outcome["contact_id"])
        if durable is None or durable[:3] != said:
            blame("terminal-never-changes", f"row {row} is {said}, durable is {durable}")
        match outcome["outcome"]:
            case "imported":
                self._imported(row, email, outcome)
            case "failed":
                self._failed(row, email, outcome)
            case "duplicate":
                self._known_to_tenant(row, email, outcome)
            case "unresolved":
                self._unresolved(row, email, outcome)
            case other:
                blame("never-sent-rows", f"row {row} ended {other}")

    def _imported(self, row: int, email: str, outcome: dict[str, str]) -> None:
        contact_id = outcome["contact_id"]
        if contact_id:
            if self._tenant.taken.get(contact_id, {}).get("email") != email:
                blame("imported-is-true", f"row {row}: the tenant did not take {contact_id}")
            shared = any(each.overwritten for each in self._tenant.imports_of[email])
            if contact_id in self._used_ids and not shared:
                blame("imported-is-true", f"row {row}: {contact_id} stands for another row")
            self._used_ids.add(contact_id)
        elif not any(
            each.results_fault == "contact_id_missing" for each in self._tenant.imports_of[email]
        ):
            blame("imported-is-true", f"row {row} has no contact id, and the tenant told one")
        if not self._tenant.takes[email]:
            blame("imported-is-true", f"row {row}: the tenant never took {email}")
        told = any(
            each.import_id == outcome["import_id"] and each.results is not None
            for each in self._tenant.imports_of[email]
        )
        if not told:
            blame("imported-is-true", f"row {row}: the tenant told no result")
        held = len(self._tenant.imports_of[email])
        doubled = len([each for each in self._record.scenario.rows if each.email == email]) > 1
        if int(outcome["attempts"]) != held and not doubled:
            blame("attempts-are-true", f"row {row}: {outcome['attempts']} attempts, {held} imports")

    def _failed(self, row: int, email: str, outcome: dict[str, str]) -> None:
        if outcome["reason"] == "tenant_refused_content" or email in self._record.scenario.poison:
            explained = email in self._tenant.refused_whole
        else:
            answers = self._answers_to(email)
            if outcome["reason"] == "retries_exhausted":
                explained = sum(kind == "later" for kind, _ in answers) >= 3
            else:
                explained = ("never", "DNC_LISTED") in answers
        doubled = len([each for each in self._record.scenario.rows if each.email == email]) > 1
        if not explained:
            blame("failed-is-true", f"row {row} failed: {outcome['reason']}")
        if self._tenant.takes[email] and not doubled:
            blame("failed-is-true", f"row {row} failed, and the tenant has taken it")

    def _known_to_tenant(self, row: int, email: str, outcome: dict[str, str]) -> None:
        if (outcome["rule"], outcome["duplicate_of"], outcome["score"]) != ("tenant", "", ""):
            blame("failed-is-true", f"row {row} was sent and repeats another row")
        if ("never", "DUPLICATE_CONTACT") not in self._answers_to(email):
            blame("failed-is-true", f"row {row}: the tenant never said that it had it")

    def _answers_to(self, email: str) -> list[tuple[str, str]]:
        return [
            answer
            for held in self._tenant.imports_of[email]
            for contact, answer in zip(held.contacts, held.answers, strict=True)
            if contact["email"] == email
        ]

    def _unresolved(self, row: int, email: str, outcome: dict[str, str]) -> None:
        imports, submits = self._tenant.imports_of[email], self._submits[email]
        match outcome["reason"]:
            case "ambiguous_submit":
                in_doubt = sum(
                    not each.usable or each.answered in REFUSED_WHOLE for each in submits
                )
                least = 1
                if self._record.scenario.semantics == "idempotent":
                    least = SENDS_IN_DOUBT - len(self._record.exits)
                explained = in_doubt + (row in self._record.in_doubt_rows) >= least
            case "no_result" | "contradictory_results":
                explained = any(
                    email in each.hidden or each.overwritten or each.reused for each in imports
                ) or any(self._tenant.by_id[each.import_id] is not each for each in imports)
            case "import_lost":
                explained = any(
                    each.fault in ("import_never_terminal", "import_forgotten")
                    or self._answered_not_found[each.import_id] >= NOT_FOUND_BEFORE_LOST
                    for each in imports
                )
            case "journal_lost":
                explained = row <= self._record.lost_rows
            case _:
                explained = False
        if not explained:
            blame("unresolved-is-true", f"row {row} is unresolved: {outcome['reason']}")
