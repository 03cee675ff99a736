"""The numbers and codes of the contact-lists contract, as the rest of the service reads them.

What a status means is in `statuses`, what a body looks like in `wire`.
"""

from typing import Final

from cxone_async.contacts.further import EXTERNAL_ID, FurtherLimits
from cxone_async.contacts.model import MAPPED_NAMES
from cxone_async.outcome import Reason
from cxone_async.tenant.port import Capabilities, ImportTells

NAME: Final = "contact-lists"

DEFAULT_REQUIRED_FIELDS: Final = frozenset({"phone", "email"})
"""What a campaign requires when it does not say."""

CAPABILITIES: Final = Capabilities(
    max_payloads=500,
    max_payload_bytes=None,
    max_ids_per_segment_call=5000,
    import_tells=ImportTells.RESULTS,
    gives_contact_ids=True,
    scopes=frozenset({"contact-list:write", "import:write", "campaign:read"}),
    segment_scopes=frozenset({"segment:write"}),
    final_codes={
        "INVALID_PHONE": Reason.TENANT_INVALID_PHONE,
        "INVALID_EMAIL": Reason.TENANT_INVALID_EMAIL,
        "DNC_LISTED": Reason.TENANT_DNC_LISTED,
    },
    duplicate_codes=frozenset({"DUPLICATE_CONTACT"}),
    attempts_per_contact=3,
    requests_before_rows=2,  # the token and the campaign
    expected_polls=1,
    extra_requests=0,
    expected_import_s=5.0,
    import_timeout_s=3600.0,
    # The contract names no bounds. These keep 500 contacts within 16 MB, and are far from what
    # a list of contacts needs.
    further=FurtherLimits(
        most=100,
        name_characters=64,
        value_characters=4_000,
        record_bytes=32_000,
        reserved=frozenset({*MAPPED_NAMES, EXTERNAL_ID}),
    ),
)
