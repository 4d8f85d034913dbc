"""Follows a stream in Python: every sample once, in order, across breaks of the connection.

    PYTHONPATH=gen python3 examples/tail.py artifacts/dev/connection.json \\
        projects/lab/branches/BRANCH/streams/STREAM [START_SAMPLE]

The stubs in gen/ are made from protos/ as protos/README.md says; nothing else of Dendrite's is needed.
"""

import json
import sys
import time

import grpc
from dendrite.v1.query_pb2 import SAMPLE_FORMAT_PHYSICAL_FLOAT32, TailRequest
from dendrite.v1.query_pb2_grpc import QueryServiceStub

DELAY_SECONDS = 0.2

# What another try may mend; the service says so too when it is told to stop.
PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


def follow(query: QueryServiceStub, api_key: str, stream: str, start_sample: int):
    """Yields (first sample, rows of float32, a channel each) of a stream with one channel group, until it ends."""
    next_sample = start_sample
    while True:
        request = TailRequest(stream=stream, start_sample=next_sample, format=SAMPLE_FORMAT_PHYSICAL_FLOAT32)
        try:
            for message in query.Tail(request, metadata=[("authorization", "Bearer " + api_key)]):
                kind = message.WhichOneof("message")
                if kind == "header":  # first, and again when the branch was reset
                    next_sample = message.header.range.start_sample
                elif kind == "chunk":
                    chunk = message.chunk
                    samples = memoryview(chunk.data).cast("f")
                    count = chunk.sample_count
                    yield chunk.first_sample, [samples[at:at + count] for at in range(0, len(samples), count)]
                    next_sample = chunk.first_sample + count
                elif kind == "gap" and not message.gap.channels:  # missing for good
                    next_sample = message.gap.range.end_sample
                elif kind == "skipped":  # stored, and left out here: we were too slow
                    next_sample = message.skipped.end_sample
                elif kind == "finished":
                    return
        except grpc.RpcError as error:
            if error.code() not in PASSING:
                raise
            print(f"lost the platform ({error.details()}), trying again", file=sys.stderr)
        time.sleep(DELAY_SECONDS)


def main(connection_file: str, stream: str, start_sample: str = "0") -> None:
    with open(connection_file, encoding="utf-8") as file:
        connection = json.load(file)
    query = QueryServiceStub(grpc.insecure_channel(connection["ingest"].removeprefix("http://")))
    for first, channels in follow(query, connection["apiKey"], stream, int(start_sample)):
        means = " ".join(f"{sum(samples) / len(samples):.3f}" for samples in channels)
        print("samples", first, "to", first + len(channels[0]), "means", means, flush=True)
    print("finished")


if __name__ == "__main__":
    main(*sys.argv[1:])
