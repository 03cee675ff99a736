"""Capabilities: what follows from what a dialect declares."""

from dataclasses import replace

import pytest

from cxone_async.errors import ConfigurationError
from cxone_async.tenant.contact_lists.contract import CAPABILITIES


def test_a_submission_costs_itself_its_polls_and_what_else_it_needs() -> None:
    dear = replace(CAPABILITIES, expected_polls=3, extra_requests=1)
    assert (CAPABILITIES.requests_per_submission, dear.requests_per_submission) == (2, 5)


def test_a_segment_needs_a_call_for_it_and_contact_ids() -> None:
    assert CAPABILITIES.segment_call_size() == 5000
    for without in (
        replace(CAPABILITIES, max_ids_per_segment_call=None),
        replace(CAPABILITIES, gives_contact_ids=False),
    ):
        with pytest.raises(ConfigurationError):
            without.segment_call_size()
