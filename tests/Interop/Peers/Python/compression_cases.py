"""The cases about compression. Calls compress by an argument; a message is exempted by its type (see frames.py)."""

import grpc

from calls import PATIENCE_S, Client, equal, failure
from contract import (
    BoolValue,
    ResponseParameters,
    SimpleRequest,
    StreamingInputCallRequest,
    StreamingOutputCallRequest,
    payload,
)
from frames import UNPACKED_HERE, Uncompressed


def serialize_by_expectation(request):
    """What is expected uncompressed is sent so."""
    data = request.SerializeToString()
    return data if request.expect_compressed.value else Uncompressed(data)


def serialize_uncompressed(request):
    return Uncompressed(request.SerializeToString())


def gzip_call(client, method, serialize):
    call = client.call(method, serialize)
    return lambda request: call(request, compression=grpc.Compression.Gzip, timeout=PATIENCE_S)


def refused(action):
    equal(failure(action).code(), grpc.StatusCode.INVALID_ARGUMENT)


def client_compressed_unary(client):
    def request(expected):
        return SimpleRequest(
            expect_compressed=BoolValue(value=expected), response_size=314159, payload=payload(271828)
        )

    refused(lambda: gzip_call(client, "UnaryCall", serialize_uncompressed)(request(True)))
    call = gzip_call(client, "UnaryCall", serialize_by_expectation)
    for expected in (True, False):
        equal(len(call(request(expected)).payload.body), 314159)


def client_compressed_streaming(client):
    def request(expected, size):
        return StreamingInputCallRequest(expect_compressed=BoolValue(value=expected), payload=payload(size))

    refused(
        lambda: gzip_call(client, "StreamingInputCall", serialize_uncompressed)(iter([request(True, 27182)]))
    )
    requests = [request(True, 27182), request(False, 45904)]
    response = gzip_call(client, "StreamingInputCall", serialize_by_expectation)(iter(requests))
    equal(response.aggregated_payload_size, 73086)


def responses_of_both(client, call):
    """The responses as grpcio itself decompresses them, and as they came."""
    with grpc.insecure_channel(client.target, options=UNPACKED_HERE) as channel:
        return call(client), call(Client(channel, client.service, client.target, keep_flags=True))


def server_compressed_unary(client):
    for expected in (True, False):
        request = SimpleRequest(
            response_compressed=BoolValue(value=expected), response_size=314159, payload=payload(271828)
        )
        plain, came = responses_of_both(client, lambda each: each.call("UnaryCall")(request, timeout=PATIENCE_S))
        equal(len(plain.payload.body), 314159)
        equal(came.compressed, expected, "compressed:")
        equal(len(came.message.payload.body), 314159)


def server_compressed_streaming(client):
    asked = [(True, 31415), (False, 92653)]
    request = StreamingOutputCallRequest(
        response_parameters=[ResponseParameters(compressed=BoolValue(value=c), size=s) for c, s in asked]
    )
    plain, came = responses_of_both(
        client, lambda each: list(each.call("StreamingOutputCall")(request, timeout=PATIENCE_S))
    )
    equal([len(response.payload.body) for response in plain], [31415, 92653])
    equal([(response.compressed, len(response.message.payload.body)) for response in came], asked)


CASES = {
    "client_compressed_unary": client_compressed_unary,
    "server_compressed_unary": server_compressed_unary,
    "client_compressed_streaming": client_compressed_streaming,
    "server_compressed_streaming": server_compressed_streaming,
}
