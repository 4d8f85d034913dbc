"""The compressed-flag of each message, which grpcio keeps to itself.

The compression cases ask how a message travelled, not only what it said. grpcio decompresses before anyone can look,
unless it is told not to (`UNPACKED_HERE`): then a compressed message arrives as gzip data, which no message of ours can
be taken for, since its first byte (0x1f) would be a field of a wire type that does not exist. And its client has no way
to exempt one message of a stream from compression, although the core has a flag for it: `Uncompressed` bytes get that
flag here.
"""

import gzip
from typing import Any, NamedTuple

from grpc._cython import cygrpc

GZIP_MAGIC = b"\x1f\x8b"
UNPACKED_HERE = (("grpc.per_message_decompression", 0),)


class Received(NamedTuple):
    message: Any
    compressed: bool


class Uncompressed(bytes):
    """A serialized message that is not to be compressed."""


def unpack(data):
    """The message's bytes, and whether they came compressed."""
    compressed = data[:2] == GZIP_MAGIC
    return (gzip.decompress(data) if compressed else data), compressed


_SendMessage = cygrpc.SendMessageOperation


def _send_message(data, flags):
    if isinstance(data, Uncompressed):
        return _SendMessage(bytes(data), flags | cygrpc.WriteFlag.no_compress)
    return _SendMessage(data, flags)


cygrpc.SendMessageOperation = _send_message
