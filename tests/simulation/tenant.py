"""The simulated tenant and its record: what it took, what it refused, and what it told.

It is written from the wire contract, bytes in and bytes out, and uses none of the code under test.
The audit compares the reports with its record.

It may send nothing, garbage, or half of what it knows, but it never lies in one way: it never says
that an import failed and took nothing when it did take a contact. The contract allows rows to be
sent again on that statement, and no client could know better. (So an import id that is given twice
never hides an import behind one that failed whole, and the list of results of a failed import is
never left empty.) Where two imports under one id hold equal contacts, a contact id may mean either.
"""

import json
import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import unquote

from faults import IMPORT, RESULTS, REUSED, Injector
from scenario import EPOCH_S, Scenario

WINDOW_S = 60.0
IMPORTS = 6
"""So many of `IMPORT` last for the whole import, the others for one answer."""
LONGEST_WAIT_ASKED_S = 310
RESET = 0
"""The status of no answer: the connection is reset."""
SCOPE = "contact-list:write import:write campaign:read segment:write"
FINAL = ("DNC_LISTED", "DUPLICATE_CONTACT")
CAMPAIGN = {
    "id": "c",
    "name": "c",
    "allowedCountries": [{"countryCode": "US"}],
    "dncEnabled": True,
}


@dataclass(slots=True)
class Request:
    """A request as it left: its bytes, parsed."""

    number: int
    start: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    phase: str
    departed_s: float
    emails: tuple[str, ...] = ()
    rows: frozenset[int] = frozenset()
    ids: tuple[str, ...] = ()
    answered: int = 0
    """The status line that the client has read; 0 before that."""
    usable: bool = False
    """The whole answer was delivered, undamaged."""
    given_up: bool = False
    processed: bool = False

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "")

    @property
    def import_id(self) -> str:
        return unquote(self.path.rsplit("/", 1)[1]) if self.phase == "poll" else ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    retry_after: str = ""

    def head(self, length: int | None = None, *, closes: bool = False) -> bytes:
        closing = "Connection: close\r\n" if closes else ""
        retry = f"Retry-After: {self.retry_after}\r\n" if self.retry_after else ""
        return (
            f"HTTP/1.1 {self.status} X\r\nContent-Type: {self.content_type}\r\n{retry}{closing}"
            f"Content-Length: {len(self.body) if length is None else length}\r\n\r\n"
        ).encode()


@dataclass(slots=True)
class Import:
    """One import: who was in it, how each ended, and what is wrong with what it tells."""

    import_id: str
    key: str
    contacts: list[dict[str, str]]
    ends_s: float
    fault: str = ""
    answers: list[tuple[str, str]] = field(default_factory=list)
    """Per contact: ("taken", contact id), ("later", code) or ("never", code)."""
    results: list[dict[str, object]] | None = None
    results_fault: str | None = None
    hidden: set[str] = field(default_factory=set)
    """Emails of contacts whose result cannot be known from what is told."""
    not_found: int = 0
    waits: int = 0
    visible_from_s: float = 0.0
    told_processing: bool = False
    overwritten: bool = False
    """A later submission got the same import id, which now reports on that one."""
    reused: bool = False
    """An earlier submission has the same import id; answers about it may still come."""

    @property
    def emails(self) -> list[str]:
        return [contact["email"] for contact in self.contacts]


class Tenant:
    """Processes requests; keeps its record over all starts of a seed."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._rng = random.Random(f"{scenario.seed} tenant")
        self.imports: list[Import] = []
        self.by_id: dict[str, Import] = {}
        self.key_taken: dict[str, Import] = {}
        self.taken: dict[str, dict[str, str]] = {}
        """Contacts by id."""
        self.takes: dict[str, list[str]] = defaultdict(list)
        """Contact ids by email."""
        self.imports_of: dict[str, list[Import]] = defaultdict(list)
        self.refused_whole: set[str] = set()
        """Emails that a refusal of a whole submission may mean."""
        self.members: set[str] = set()
        self.refused_members: set[str] = set()
        self._tokens: dict[str, float] = {}
        self._arrivals_s: deque[float] = deque()
        self._seen: dict[str, int] = defaultdict(int)
        self.throttled = 0

    # Requests

    def handle(self, request: Request, now_s: float, faults: Injector) -> Answer:
        """Process one request that has arrived completely."""
        if refusal := self._throttle(now_s):
            return refusal
        if request.phase == "token":
            return self._token(now_s)
        return self._serve(request, now_s, faults)

    def _serve(self, request: Request, now_s: float, faults: Injector) -> Answer:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0.0) < now_s:
            return Answer(401, b'{"error":"invalid_token"}')
        match request.phase:
            case "campaign":
                return _json(200, CAMPAIGN)
            case "submit":
                return self._submit(request, now_s, faults)
            case "poll":
                return self._poll(request, now_s, faults)
            case _:
                return self._segment(request)

    def _throttle(self, now_s: float) -> Answer | None:
        quota = self._scenario.tenant_quota
        if not quota:
            return None
        while self._arrivals_s and self._arrivals_s[0] <= now_s - WINDOW_S:
            self._arrivals_s.popleft()
        if len(self._arrivals_s) >= quota:
            self.throttled += 1
            return Answer(429, retry_after=self.retry_after(now_s))
        self._arrivals_s.append(now_s)
        return None

    def retry_after(self, now_s: float) -> str:
        wait_s = self._rng.choice((1, 2, 5, 20))
        date = formatdate(EPOCH_S + now_s + wait_s, usegmt=True)
        return self._rng.choice(("", "", str(wait_s), str(wait_s), date, "soon"))

    def _token(self, now_s: float) -> Answer:
        value = f"token-{len(self._tokens)}"
        life_s = self._scenario.token_life_s
        self._tokens[value] = now_s + life_s
        return _json(
            200,
            {
                "access_token": value,
                "token_type": "Bearer",
                "expires_in": life_s,
                "scope": SCOPE,
            },
        )

    def _submit(self, request: Request, now_s: float, faults: Injector) -> Answer:
        if self._scenario.honours_keys and request.key in self.key_taken:
            return _json(202, {"importId": self.key_taken[request.key].import_id})
        contacts = [each["fields"] for each in json.loads(request.body)["contacts"]]
        refused = [
            position
            for position, contact in enumerate(contacts)
            if contact["email"] in self._scenario.poison
        ]
        if refused:
            self.refused_whole.add(contacts[refused[0]]["email"])
            error: dict[str, object] = {"code": "INVALID_EMAIL", "message": "no"}
            if self._scenario.poison_is_named:
                error["index"] = refused[0]
            return _json(422, {"error": error})
        request.processed = True
        return _json(202, {"importId": self._take(request.key, contacts, now_s, faults)})

    def _take(
        self, key: str, contacts: list[dict[str, str]], now_s: float, faults: Injector
    ) -> str:
        import_id, reused = f"i{len(self.imports)}", False
        if self.imports and faults.draw("submit", (REUSED,)):
            import_id, reused = self._rng.choice(self.imports).import_id, True
            for other in self.imports:
                other.overwritten |= other.import_id == import_id
        ends_s = now_s + self._rng.lognormvariate(*self._scenario.latency)
        taken = Import(import_id, key, contacts, ends_s, reused=reused)
        if not reused:
            taken.fault = faults.draw("poll", IMPORT[:IMPORTS])
        if taken.fault == "import_not_found_yet":
            taken.visible_from_s = now_s + self._rng.uniform(0.5, 20.0)
        for contact in contacts:
            email = contact["email"]
            nth, self._seen[email] = self._seen[email], self._seen[email] + 1
            codes = self._scenario.refusals.get(email, ())
            code = codes[nth] if nth < len(codes) else None
            if taken.fault == "import_failed":
                taken.answers.append(("later", "import_failed"))
            elif code is None:
                contact_id = f"c{len(self.taken)}"
                self.taken[contact_id] = contact
                self.takes[email].append(contact_id)
                taken.answers.append(("taken", contact_id))
            else:
                taken.answers.append(("never" if code in FINAL else "later", code))
            self.imports_of[email].append(taken)
        self.imports.append(taken)
        self.by_id[import_id] = taken
        self.key_taken[key] = taken
        return import_id

    def _poll(self, request: Request, now_s: float, faults: Injector) -> Answer:
        asked = self.by_id.get(request.import_id)
        if asked is None:
            return Answer(404)
        if asked.fault == "import_forgotten" or now_s < asked.visible_from_s:
            asked.not_found += 1
            return Answer(404, b"<html>", "text/html")
        if asked.fault == "long_wait_then_reset" and asked.waits < 2:
            asked.waits += 1
            if asked.waits == 2:
                return Answer(RESET)
            processing = {"importId": asked.import_id, "status": "PROCESSING"}
            return Answer(200, _json(200, processing).body, retry_after=str(LONGEST_WAIT_ASKED_S))
        status = "PROCESSING" if self._rng.random() < 0.7 else "QUEUED"
        if now_s >= asked.ends_s and asked.fault != "import_never_terminal":
            status = "FAILED" if asked.fault.startswith("import_failed") else "COMPLETED"
        odd = faults.draw("poll", ("status_unknown", "status_backwards"))
        if odd == "status_unknown":
            status = self._rng.choice(("THINKING", "", "CANCELED"))
        elif odd == "status_backwards":
            status = "QUEUED"
        named = {"importId": asked.import_id} if self._scenario.names_imports else {}
        answer: dict[str, object] = {**named, "status": status}
        if status in ("COMPLETED", "FAILED") and asked.fault != "import_failed":
            answer["results"] = self._results(asked, faults)
        retry_after = "" if self._rng.random() < 0.8 else str(self._rng.choice((1, 3, 10)))
        body = _json(200, answer).body
        return Answer(200, body, retry_after=retry_after)

    def _results(self, asked: Import, faults: Injector) -> list[dict[str, object]]:
        if asked.results is not None:
            return asked.results
        results: list[dict[str, object]] = []
        for contact, (answer, word) in zip(asked.contacts, asked.answers, strict=True):
            if answer == "taken":
                results.append({"status": "SUCCESS", "contact": {"id": word, "fields": contact}})
            else:
                error = {"code": word, "message": "no"} if word else None
                results.append({"status": "FAILED", "contact": {"fields": contact}, "error": error})
        asked.results_fault = faults.draw("poll", RESULTS)
        self._spoil(asked, results)
        asked.results = results
        return results

    def _spoil(self, asked: Import, results: list[dict[str, object]]) -> None:
        rng, position = self._rng, self._rng.randrange(len(results))
        email = asked.emails[position]
        match asked.results_fault:
            case "results_missing" if len(results) > 1 or not asked.fault:
                del results[position]
                asked.hidden.add(email)
            case "results_duplicated":
                results.insert(rng.randrange(len(results) + 1), dict(results[position]))
                same = zip(asked.emails, asked.answers, strict=True)
                if len({kind for other, (kind, _) in same if other == email}) > 1:
                    asked.hidden.add(
                        email
                    )  # it does not say which of two equal contacts it repeats
            case "results_extra":
                stranger = {"phone": "12025550199", "email": "stranger@example.net"}
                results.append({"status": "SUCCESS", "contact": {"id": "x", "fields": stranger}})
            case "results_shuffled":
                rng.shuffle(results)
            case "results_contradictory":
                opposite: dict[str, dict[str, object]] = {
                    "SUCCESS": {
                        "status": "FAILED",
                        "contact": {"fields": asked.contacts[position]},
                    },
                    "FAILED": {
                        "status": "SUCCESS",
                        "contact": {"id": "y", "fields": asked.contacts[position]},
                    },
                }
                results.append(opposite[str(results[position]["status"])])
                asked.hidden.add(email)
            case "contact_id_missing":
                result = dict(results[position])
                result["contact"] = {"fields": asked.contacts[position]}
                results[position] = result

    def _segment(self, request: Request) -> Answer:
        limit = self._scenario.segment_limit
        if limit and len(request.ids) > limit:
            return Answer(413)
        refused = [
            contact_id
            for contact_id in request.ids
            if self.taken.get(contact_id, {}).get("email") in self._scenario.not_segmentable
        ]
        if refused:
            self.refused_members.update(refused)
            return _json(
                400, {"error": {"code": "UNKNOWN", "index": request.ids.index(refused[0])}}
            )
        self.members.update(request.ids)
        return _json(200, {"added": len(request.ids)})


def _json(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode())
