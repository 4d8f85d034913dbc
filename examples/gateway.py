"""A gateway in Python: one second of one channel, durable when the call returns.

    PYTHONPATH=gen python3 examples/gateway.py artifacts/dev/connection.json projects/lab/branches/BRANCH/streams/STREAM

The stubs in gen/ are made from protos/ as protos/README.md says; nothing else of Dendrite's is needed.
"""

import json
import math
import struct
import sys

import grpc
from dendrite.v1.ingest_pb2 import AppendBatchRequest, AppendOpen, SampleBlock
from dendrite.v1.ingest_pb2_grpc import IngestServiceStub
from dendrite.v1.stream_pb2 import SampleRate, SignalChannel, SignalStream
from google.protobuf.timestamp_pb2 import Timestamp


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), bit by bit: a device's library has it faster."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def read_second() -> list[int]:
    return [round(1000 * math.sin(i / 5)) for i in range(250)]


def main(connection_file: str, name: str) -> None:
    with open(connection_file, encoding="utf-8") as file:
        connection = json.load(file)
    channel = grpc.insecure_channel(connection["ingest"].removeprefix("http://"))
    samples = struct.pack("<250h", *read_second())
    start = Timestamp()
    start.GetCurrentTime()
    stream = SignalStream(nominal_rate=SampleRate(samples=250, seconds=1), start_time=start,
                          channels=[SignalChannel(label="C3", unit="uV", sample_type="SAMPLE_TYPE_INT16", scale=0.1)])
    block = SampleBlock(sample_count=250, encoding="BLOCK_ENCODING_RAW", payload=samples, crc32c=crc32c(samples))
    answer = IngestServiceStub(channel).AppendBatch(
        AppendBatchRequest(blocks=[block], open=AppendOpen(stream=name, descriptor=stream, create_if_missing=True)),
        metadata=[("authorization", "Bearer " + connection["apiKey"])])
    print("durable up to sample", answer.through_sample, "at version", answer.version)


if __name__ == "__main__":
    main(*sys.argv[1:])
