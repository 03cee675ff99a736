"""Finds out which part of the names of an input is the family's, before the first decision."""

import asyncio
from contextlib import aclosing
from typing import Final, NamedTuple

from cxone_async.matching.name_order import (
    AS_THE_HEADER_SAYS,
    NameOrderChoice,
    NameOrderFinding,
    NameReading,
    fixed_reading,
)
from cxone_async.matching.policy import MatchPolicy
from cxone_async.prepare.name_order import FirstNames
from cxone_async.source.input import Input
from cxone_async.source.reading_rules import ReadingRules


class NamesRead(NamedTuple):
    """How the names of an input are read, and why; without a finding nothing was looked at."""

    reading: NameReading
    finding: NameOrderFinding | None


AS_WRITTEN: Final = NamesRead(AS_THE_HEADER_SAYS, None)


async def read_names(
    source: Input, rules: ReadingRules, choice: NameOrderChoice, match: MatchPolicy
) -> NamesRead:
    """Return the order of names that was chosen, or learn it from the first rows of the input.

    Only the default policy looks at names: for another one nothing is read. Raises what
    `Input.blocks` and `Reader` raise.
    """
    if match is not MatchPolicy.CORROBORATED:
        return AS_WRITTEN
    fixed = fixed_reading(choice)
    if fixed is not None:
        return NamesRead(fixed, None)
    names = FirstNames(rules)
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            await asyncio.to_thread(names.feed, block)
            if names.is_full:
                break
        else:
            await asyncio.to_thread(names.finish)
    return NamesRead(*await asyncio.to_thread(names.conclude))
