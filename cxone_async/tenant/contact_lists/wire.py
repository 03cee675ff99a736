"""The contact-lists dialect as bytes and values; pure.

Guarantee: a contact is encoded in one way only. A result that cannot be understood affects its own
contact and none beside it: it becomes a stranger, a failed result with empty fields, which equals
nothing that was sent. So the row it was meant for stays without a result.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import msgspec

from cxone_async.contacts.further import EXTERNAL_ID
from cxone_async.contacts.model import Contact
from cxone_async.encoded import encoded
from cxone_async.errors import AmbiguousError, UsageError
from cxone_async.tenant.contact_lists import contract
from cxone_async.tenant.http.answer import MAX_ANSWER_BYTES, Answer, error_code, identifier
from cxone_async.tenant.port import (
    Campaign,
    Capabilities,
    ContactResult,
    ImportReport,
    ImportState,
    SentFields,
    SentFurther,
    SentSize,
    sent_fields,
)

STRANGER: Final = ContactResult(fields=SentFields("", "", "", "", ""), succeeded=False)


class _Payload(msgspec.Struct, gc=False):
    fields: SentFields


class _AnyPayload(msgspec.Struct, gc=False):
    fields: dict[str, str]


_encoder: Final = msgspec.json.Encoder()
_payload_decoder: Final = msgspec.json.Decoder(_Payload)
_any_payload_decoder: Final = msgspec.json.Decoder(_AnyPayload)
_FIVE: Final = SentFields.__struct_fields__


@dataclass(frozen=True, slots=True)
class ContactListsDialect:
    """The pure half: `{"fields": {...}}` for each contact.

    `fields` holds the five that every contact has, empty or not, then the external id and the
    further fields that are not empty. All are text. Phones are E.164 digits; with `plus_sign` they
    go out with the `+`.
    """

    plus_sign: bool = False

    @property
    def name(self) -> str:
        return contract.NAME

    @property
    def capabilities(self) -> Capabilities:
        return contract.CAPABILITIES

    def encode(self, contact: Contact) -> bytes:
        """Return the contact as it goes into a submission."""
        phone = f"+{contact.phone}" if self.plus_sign and contact.phone else contact.phone
        fields = SentFields(
            phone, contact.email, contact.first_name, contact.last_name, contact.country
        )
        if not (contact.external_id or contact.further):
            return _encoder.encode(_Payload(fields))
        external_id = {EXTERNAL_ID: contact.external_id} if contact.external_id else {}
        return _payload_of(fields, external_id | dict(contact.further))

    def payload(self, fields: SentFields) -> bytes:
        """Return fields, exactly as they are, as they go into a submission."""
        if isinstance(fields, SentFurther):
            return _payload_of(fields, dict(fields.further))
        return _encoder.encode(_Payload(fields))

    def sent_fields(self, payload: bytes) -> SentFields:
        """Return what `encode` put into a payload, in the form that results echo."""
        try:
            return _payload_decoder.decode(payload).fields
        except msgspec.ValidationError:  # it has further fields, or is no payload
            members = _any_payload_decoder.decode(payload).fields
        if not members.keys() >= set(_FIVE):
            raise msgspec.DecodeError("a payload without the five fields")
        return _with_further(members)

    row_key = sent_fields


def _payload_of(fields: SentFields, further: dict[str, str]) -> bytes:
    members = {name: getattr(fields, name) for name in _FIVE} | further
    return encoded(_encoder, {"fields": members})


def _with_further(members: Mapping[str, str]) -> SentFields:
    further = (member for member in members.items() if member[0] not in _FIVE)
    return sent_fields(SentFields(*(members.get(name, "") for name in _FIVE)), further)


def check_key(key: str, doing: str) -> None:
    """Raise UsageError unless an `Idempotency-Key` header can carry `key`."""
    if not _KEY.fullmatch(key):
        raise UsageError(f"{doing}: the key must be 1 to 255 visible ASCII characters")


_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


def submission_body(payloads: Sequence[bytes]) -> bytes:
    """Return `{"contacts":[...]}` around contacts that are encoded already."""
    return b'{"contacts":[' + b",".join(payloads) + b"]}"


def segment_body(contact_ids: Sequence[str]) -> bytes:
    """Return `{"contactIds":[...]}`."""
    return encoded(_encoder, {"contactIds": contact_ids})


class _Country(msgspec.Struct, rename="camel"):
    country_code: str


class _CampaignAnswer(msgspec.Struct, rename="camel"):
    allowed_countries: list[_Country] | msgspec.UnsetType | None = msgspec.UNSET
    dnc_enabled: bool | msgspec.UnsetType | None = msgspec.UNSET
    required_fields: list[str] | msgspec.UnsetType | None = msgspec.UNSET


def campaign_of(answer: Answer, campaign_id: str, doing: str) -> Campaign:
    """Read a campaign's constraints.

    Countries that are missing, null or an empty list mean that any country is allowed.
    `requiredFields` defaults to phone and email; an empty list requires nothing, and names
    that this package does not know are passed on. A campaign that does not say whether
    do-not-call is enabled is taken to have it: to honour a wish not to be called is the
    mistake that can be put right.

    Raises AmbiguousError when a constraint is there and cannot be understood, and when there is
    none at all: that is the answer to another request, and to take it for a campaign that allows
    every country would send contacts that this one forbids.
    """
    campaign = answer.read(_CampaignAnswer, doing)
    required = campaign.required_fields
    if campaign == _CampaignAnswer():
        raise AmbiguousError(
            f"{doing}: the tenant answered {answer.status} with nothing that a campaign has",
            status=answer.status,
        )
    return Campaign(
        campaign_id=campaign_id,
        allowed_countries=frozenset(
            country.country_code.strip().upper() for country in campaign.allowed_countries or ()
        ),
        dnc_enabled=campaign.dnc_enabled is not False,
        required_fields=contract.DEFAULT_REQUIRED_FIELDS
        if required is None or required is msgspec.UNSET
        else frozenset(required),
    )


class _SubmitAnswer(msgspec.Struct, rename="camel"):
    import_id: str | int


def import_id_of(answer: Answer, doing: str) -> str:
    """Read the id of the import that a submission has started.

    Raises AmbiguousError when there is none that can be asked about later.
    """
    import_id = identifier(answer.read(_SubmitAnswer, doing).import_id)
    if not import_id:
        raise AmbiguousError(
            f"{doing}: the tenant answered {answer.status} with an import id that cannot be used",
            status=answer.status,
        )
    return import_id


BYTES_AN_ANSWER: Final = 256 * 1024
BYTES_A_CONTACT: Final = 4 * 1024
BYTES_A_BYTE_SENT: Final = 6
"""An echo may write each character as six: `\\u0041`."""


def most_answer_bytes(sent: SentSize | None) -> int:
    """Return how long an answer about a submission may be; 500 results come to some 0.3 MB."""
    if sent is None:
        return MAX_ANSWER_BYTES
    about_contacts = BYTES_A_CONTACT * sent.contacts + BYTES_A_BYTE_SENT * sent.payload_bytes
    return min(BYTES_AN_ANSWER + about_contacts, MAX_ANSWER_BYTES)


class _PollAnswer(msgspec.Struct, rename="camel"):
    import_id: str | int | None = None
    status: object = None
    results: list[object] | None = None


Fields = TypeVar("Fields")


class _Contact(msgspec.Struct, Generic[Fields], gc=False):
    fields: Fields
    id: object = None


class _Result(msgspec.Struct, Generic[Fields], gc=False):
    status: str
    contact: _Contact[Fields]
    error: object = None


class _PlainPollAnswer(msgspec.Struct, rename="camel"):
    """A poll's answer of which every result can be understood, as good as all are."""

    import_id: str | int | None = None
    status: object = None
    results: list[_Result[SentFields]] | None = None


_STATES: Final = {state.value.upper(): state for state in ImportState if state.name != "UNKNOWN"}


def report_of(answer: Answer, import_id: str, doing: str) -> ImportReport:
    """Read one poll's answer. Results are read only once the import has ended.

    The report's `import_id` is "" when the answer does not name the import.
    Raises AmbiguousError when the answer is about another import, or is not readable.
    """
    poll = answer.plain(_PlainPollAnswer) or answer.read(_PollAnswer, doing)
    if poll.import_id is not None and str(poll.import_id).casefold() != import_id.casefold():
        raise AmbiguousError(f"{doing}: the tenant answered about another import", status=200)
    status = poll.status if isinstance(poll.status, str) else ""
    state = _STATES.get(status.strip().upper(), ImportState.UNKNOWN)
    results: tuple[ContactResult, ...] | None = None
    if state.is_terminal and poll.results is not None:
        results = tuple(
            _contact_result(result.contact.fields, result)
            if isinstance(result, _Result)
            else result_of(result)
            for result in poll.results
        )
    return ImportReport(
        import_id="" if poll.import_id is None else import_id,
        state=state,
        results=results,
        retry_after_s=answer.retry_after_s,
    )


def result_of(value: object) -> ContactResult:
    """Read one contact's result from decoded JSON; `STRANGER` when it cannot be understood.

    An echoed field that is missing or null counts as empty, as an empty field may come
    back so. A status other than SUCCESS and FAILED says neither, and one of the five fields that is
    no string (or no Unicode) is not what was sent: both make a stranger. A further member that is
    no such string is left out, as if it had not been echoed.
    """
    try:
        result = msgspec.convert(value, _Result[dict[str, object]])
    except (msgspec.ValidationError, UnicodeEncodeError):  # the latter for a member's name
        return STRANGER
    members: dict[str, str] = {}
    for name, member in result.contact.fields.items():
        text = "" if member is None else member
        if isinstance(text, str) and _is_unicode(name + text):
            members[name] = text
        elif name in _FIVE or not _is_unicode(name):
            return STRANGER
    five = SentFields(*(members.pop(name, "") for name in _FIVE))
    return _contact_result(five, result, tuple(members.items()))


def _contact_result(
    fields: SentFields,
    result: _Result[SentFields] | _Result[dict[str, object]],
    further: tuple[tuple[str, str], ...] = (),
) -> ContactResult:
    status = result.status.strip().upper()
    if status == "SUCCESS":
        contact_id = _contact_id(result.contact.id)
        return ContactResult(fields, succeeded=True, contact_id=contact_id, further=further)
    if status != "FAILED":
        return STRANGER
    error = result.error
    code = error_code(error.get("code")) if isinstance(error, dict) else ""
    return ContactResult(fields, succeeded=False, code=code, further=further)


def _contact_id(value: object) -> str:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return identifier(value)
    return ""


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
