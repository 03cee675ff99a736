"""The options of the stand-in tenant.

An instance is always consistent, because every rule is checked when it is made. By default the
tenant causes no trouble (no quota, no latency, no refusals); each option adds one kind.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Literal

CONTACT_FIELDS = ("phone", "email", "first_name", "last_name", "country")

QuotaWindow = Literal["sliding", "fixed"]

_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantOptions:
    """Settings of a stand-in tenant. Raises `ValueError` naming the field that is wrong.

    `quota_per_minute` 0 means no quota. `import_latency_s` is the median time from submission
    to COMPLETED, `import_latency_sigma` the sigma of its lognormal spread (0: always the
    median). Shares are fractions of 1: of contacts refused for good (`permanent_share`), of
    contacts refused the first `transient_attempts` times (`transient_share`), of requests
    answered 429 at random (`throttle_share`). `required_fields` None leaves the key out of the
    campaign, which the contract reads as phone and email. `closed_segments` exist, and take nobody.
    """

    client_id: str = "demo-client"
    client_secret: str = field(default="demo-secret", repr=False)
    scopes: tuple[str, ...] = (
        "contact-list:write",
        "import:write",
        "campaign:read",
        "segment:write",
    )
    token_lifetime_s: int = 3600

    campaigns: frozenset[str] = frozenset({"demo-campaign"})
    lists: frozenset[str] = frozenset({"demo-list"})
    segments: frozenset[str] = frozenset({"demo-segment"})
    closed_segments: frozenset[str] = frozenset()
    allowed_countries: tuple[str, ...] = ("US", "CA")
    dnc_enabled: bool = False
    required_fields: tuple[str, ...] | None = None

    quota_per_minute: int = 0
    quota_window: QuotaWindow = "sliding"
    throttle_share: float = 0.0

    import_latency_s: float = 0.0
    import_latency_sigma: float = 0.0
    transient_share: float = 0.0
    transient_attempts: int = 1
    permanent_share: float = 0.0
    refuse_duplicates: bool = False

    seed: int = 0

    def __post_init__(self) -> None:
        for holds, rule in (
            (self.client_id, "client_id must not be empty"),
            (self.client_secret, "client_secret must not be empty"),
            (self.token_lifetime_s >= 1, "token_lifetime_s must be at least 1"),
            (self.campaigns, "campaigns must name at least one"),
            (self.lists, "lists must name at least one"),
            (self.segments, "segments must name at least one"),
            (self.allowed_countries, "allowed_countries must name at least one"),
            (
                all(map(_COUNTRY.fullmatch, self.allowed_countries)),
                "allowed_countries must be codes of two upper-case letters",
            ),
            (
                set(self.required_fields or ()) <= set(CONTACT_FIELDS),
                f"required_fields must be some of {', '.join(CONTACT_FIELDS)}",
            ),
            (self.quota_per_minute >= 0, "quota_per_minute must be at least 0"),
            (self.quota_window in ("sliding", "fixed"), "quota_window must be sliding or fixed"),
            (0 <= self.throttle_share < 1, "throttle_share must be at least 0 and below 1"),
            (
                0 <= self.import_latency_s < math.inf,
                "import_latency_s must be a number of at least 0",
            ),
            (
                0 <= self.import_latency_sigma < math.inf,
                "import_latency_sigma must be a number of at least 0",
            ),
            (0 <= self.transient_share <= 1, "transient_share must be between 0 and 1"),
            (0 <= self.permanent_share <= 1, "permanent_share must be between 0 and 1"),
            (
                self.transient_share + self.permanent_share <= 1,
                "transient_share and permanent_share must not exceed 1 together",
            ),
            (self.transient_attempts >= 1, "transient_attempts must be at least 1"),
        ):
            if not holds:
                raise ValueError(rule)
