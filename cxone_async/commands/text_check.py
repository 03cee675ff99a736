"""Refuses an input that would be read in a wrong encoding, before anything is sent."""

import asyncio
from contextlib import aclosing

from cxone_async.errors import UnreadableInputError
from cxone_async.logs import log
from cxone_async.source.encoding import AUTO
from cxone_async.source.encoding_check import EncodingCheck
from cxone_async.source.input import Input


async def refuse_misread_text(source: Input, encoding: str) -> None:
    """Read a whole input and refuse it if `--encoding auto` would read it in a wrong encoding.

    An encoding that was named is not looked at: the user knows better. Mojibake in more rows than
    a few is logged. Raises UnreadableInputError, and what `Input.blocks` raises.
    """
    if encoding != AUTO:
        return
    check = EncodingCheck()
    async with aclosing(source.blocks()) as blocks:
        async for block in blocks:
            await asyncio.to_thread(check.feed, block)
    await asyncio.to_thread(check.finish)
    try:
        check.judge()
    except UnreadableInputError as error:
        raise UnreadableInputError(f"{source.uri}: {error}") from None
    if check.has_much_mojibake:
        log.warning("mojibake", lines=check.mojibake_lines, of_lines=check.lines)
