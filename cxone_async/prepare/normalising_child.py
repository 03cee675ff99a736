"""The first child of a run: normalises the blocks that the parent sends."""

import pickle
from typing import BinaryIO

import msgspec

from cxone_async.errors import RunError
from cxone_async.prepare.child_process import (
    Failed,
    NormalisedBlock,
    read_frame,
    write_frame,
)
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.normalise_stage import NormaliseStage


def serve_normalising(source: BinaryIO, target: BinaryIO) -> None:
    """Answer each block of the input, and tell the second child its job first."""
    encode = msgspec.msgpack.Encoder().encode
    job: PrepareJob = pickle.loads(read_frame(source))  # noqa: S301  from the parent
    write_frame(target, encode(job.for_matching))
    try:
        stage = NormaliseStage(job)
        while block := read_frame(source):
            write_frame(target, encode(NormalisedBlock(stage.feed(block))))
        write_frame(target, encode(NormalisedBlock(stage.finish())))
    except RunError as error:
        write_frame(target, encode(Failed(type(error).__name__, str(error))))
    write_frame(target, b"")
