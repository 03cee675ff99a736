"""The state diagrams of docs/journal.md are those of the journal's tables."""

import re
from pathlib import Path

from state_diagrams import lifecycle_diagram, segment_diagram

from cxone_async.journal.lifecycle import TRANSITIONS

DOCUMENT = Path(__file__).parents[2] / "docs" / "journal.md"


def test_the_segment_diagram_reads_as_its_table() -> None:
    assert segment_diagram() == "\n".join(
        [
            "stateDiagram-v2",
            "    [*] --> adding: segment_intended",
            "    adding --> adding: segment_intended",
            "    adding --> added: segment_added",
            "    adding --> refused: segment_refused",
            "    added --> [*]",
            "    refused --> [*]",
        ]
    )


def test_the_chunk_diagram_has_an_arrow_for_each_transition_and_one_end() -> None:
    lines = lifecycle_diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    sending --> unsent: bounced" in lines
    assert "    settled --> [*]" in lines
    assert len(lines) == 1 + len(TRANSITIONS) + 1


def test_the_document_shows_exactly_the_diagrams_of_the_tables() -> None:
    shown = re.findall(r"```mermaid\n(.*?)\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert shown == [lifecycle_diagram(), segment_diagram()]
