"""Encodes values of any size where memory may run out.

Guarantee: `encoded` raises MemoryError where memory is refused. `encode` of msgspec's encoders
ends the process with SIGSEGV when it is refused the memory to grow its buffer, and then nobody is
left to say why. What fits into its first 512 bytes may be encoded with it.
"""

from typing import Final

import msgspec

_FIRST_BYTES: Final = 512


def encoded(encoder: msgspec.msgpack.Encoder | msgspec.json.Encoder, value: object) -> bytes:
    """Return what `encoder.encode(value)` returns. Raises MemoryError, and what that raises."""
    buffer = bytearray(_FIRST_BYTES)
    encoder.encode_into(value, buffer)
    return bytes(buffer)
