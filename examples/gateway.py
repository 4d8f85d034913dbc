"""A gateway in Python: streams one channel, and goes on after every break where the platform says.

    PYTHONPATH=gen python3 examples/gateway.py artifacts/dev/connection.json \\
        projects/lab/branches/BRANCH/streams/STREAM [SECONDS]

The stubs in gen/ are made from protos/ as protos/README.md says; nothing else of Dendrite's is needed.
"""

import json
import math
import random
import struct
import sys
import threading
import time

import grpc
from dendrite.v1.ingest_pb2 import (
    AppendBatchRequest, AppendClose, AppendOpen, AppendRequest, EpochPolicy, SampleBlock)
from dendrite.v1.ingest_pb2_grpc import IngestServiceStub
from dendrite.v1.stream_pb2 import SampleRate, SignalChannel, SignalStream
from google.protobuf.timestamp_pb2 import Timestamp

RATE = 250
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.05, 2.0

# What another try may mend. All else is a mistake, or another gateway that took the stream over (ABORTED).
PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
    return byte


CRC_TABLE = [_crc_of(byte) for byte in range(256)]


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), byte by byte: a device's library has it faster."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def read_second(first: int = 0) -> list[int]:
    """The device. A real gateway keeps what is not acknowledged yet, in memory or on disk, to send it again."""
    return [round(1000 * math.sin(i / 5)) for i in range(first, first + RATE)]


class Recording:
    """One stream, sent up to `end_sample` over as many connections as it takes."""

    def __init__(self, stub: IngestServiceStub, api_key: str, name: str, stream: SignalStream, end_sample: int):
        self.stub, self.metadata = stub, [("authorization", "Bearer " + api_key)]
        self.open = AppendOpen(stream=name, descriptor=stream, create_if_missing=True, writer="gateway.py")
        self.end_sample = end_sample

    def run(self):
        """Returns the answer to close: everything is durable."""
        delay = FIRST_DELAY_SECONDS
        while True:
            connection = Connection(self)
            try:
                return connection.run()
            except grpc.RpcError as error:
                if error.code() not in PASSING:
                    raise
                if connection.opened:
                    delay = FIRST_DELAY_SECONDS
                print(f"lost the platform ({error.details()}), trying again", file=sys.stderr)
            # With jitter, so that a hundred gateways do not come back in one moment.
            time.sleep(delay * random.uniform(0.5, 1))
            delay = min(delay * 2, LONGEST_DELAY_SECONDS)


class Connection:
    """One call of Append. grpcio takes requests on a thread of its own; answers come on the caller's."""

    def __init__(self, recording: Recording):
        self.recording, self.changed = recording, threading.Condition()
        self.opened, self.acknowledged, self.is_over = None, 0, False

    def run(self):
        try:
            for answer in self.recording.stub.Append(self.requests(), metadata=self.recording.metadata):
                if answer.HasField("closed"):
                    return answer.closed
                self.take(answer)
            raise RuntimeError("the call ended without an answer to close")
        finally:
            with self.changed:
                self.is_over = True
                self.changed.notify()

    def take(self, answer):
        with self.changed:
            if answer.HasField("opened"):
                self.opened, self.acknowledged = answer.opened, answer.opened.next_sample
                # From now on only as this writer: whoever takes the stream over is not thrown out again.
                self.recording.open.epoch_policy = EpochPolicy.EPOCH_POLICY_SAME_EPOCH
                self.recording.open.epoch = answer.opened.epoch
                print("goes on from sample", answer.opened.next_sample, flush=True)
            else:
                self.acknowledged = answer.acked.through_sample
                print("acknowledged", self.acknowledged, flush=True)
            self.changed.notify()

    def requests(self):
        yield AppendRequest(open=self.recording.open)
        with self.changed:
            self.changed.wait_for(lambda: self.opened or self.is_over)
        if self.is_over:
            return
        # Where the platform stands is where a second began: they are sent whole.
        for first in range(self.opened.next_sample, self.recording.end_sample, RATE):
            payload = struct.pack(f"<{RATE}h", *read_second(first))
            if not self.wait_for_room(first):
                return
            yield AppendRequest(block=SampleBlock(first_sample=first, sample_count=RATE, encoding="BLOCK_ENCODING_RAW",
                                                  payload=payload, crc32c=crc32c(payload)))
        yield AppendRequest(close=AppendClose(end_sample=self.recording.end_sample))

    def wait_for_room(self, first: int) -> bool:
        """Keeps what is not acknowledged within the window that open answered; False when the call is over."""
        window = max(self.opened.max_bytes_in_flight // 2 - RATE, RATE)
        with self.changed:
            self.changed.wait_for(lambda: self.is_over or first - self.acknowledged < window)
            return not self.is_over


def main(connection_file: str, name: str, seconds: str = "1") -> None:
    with open(connection_file, encoding="utf-8") as file:
        connection = json.load(file)
    channel = grpc.insecure_channel(connection["ingest"].removeprefix("http://"))
    start = Timestamp()
    start.GetCurrentTime()
    stream = SignalStream(nominal_rate=SampleRate(samples=RATE, seconds=1), start_time=start,
                          channels=[SignalChannel(label="C3", unit="uV", sample_type="SAMPLE_TYPE_INT16", scale=0.1)])
    recording = Recording(IngestServiceStub(channel), connection["apiKey"], name, stream, int(seconds) * RATE)
    answer = recording.run()
    print("durable up to sample", answer.through_sample, "at version", answer.version)


if __name__ == "__main__":
    main(*sys.argv[1:])
