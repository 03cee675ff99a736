"""Draws the journal's transition tables as mermaid state diagrams, for docs/.

The arrows are in the order of `TRANSITIONS` and `SEGMENT_TRANSITIONS`.
"""

from collections.abc import ItemsView
from enum import StrEnum
from typing import TypeVar

import msgspec

from cxone_async.journal.lifecycle import TRANSITIONS
from cxone_async.journal.segments import SEGMENT_TRANSITIONS

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=msgspec.Struct)

_START_AND_END = "[*]"


def lifecycle_diagram() -> str:
    """Return the life of a chunk as mermaid text, without a final line end."""
    return _diagram(TRANSITIONS.items())


def segment_diagram() -> str:
    """Return the life of a segment batch as mermaid text, without a final line end."""
    return _diagram(SEGMENT_TRANSITIONS.items())


def _diagram(transitions: ItemsView[tuple[State, type[Event]], State]) -> str:
    left = {before for (before, _), _ in transitions}
    reached = {after: None for _, after in transitions}
    arrows = [
        f"{before if before in reached else _START_AND_END} --> {after}: "
        f"{event.__struct_config__.tag}"
        for (before, event), after in transitions
    ]
    ends = [f"{state} --> {_START_AND_END}" for state in reached if state not in left]
    return "\n    ".join(["stateDiagram-v2", *arrows, *ends])
