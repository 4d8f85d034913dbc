"""The standard cases, except those about compression. Sizes and texts are the ones of the public specification."""

import grpc

from calls import PATIENCE_S, Requests, equal, failure
from contract import (
    INITIAL_KEY,
    TRAILING_KEY,
    EchoStatus,
    Empty,
    ResponseParameters,
    SimpleRequest,
    StreamingInputCallRequest,
    StreamingOutputCallRequest,
    payload,
)

REQUEST_SIZES = [27182, 8, 1828, 45904]
RESPONSE_SIZES = [31415, 9, 2653, 58979]
SPECIAL_MESSAGE = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
METADATA = [(INITIAL_KEY, "test_initial_metadata_value"), (TRAILING_KEY, b"\xab\xab\xab")]


def ask(size, sent=0):
    return StreamingOutputCallRequest(response_parameters=[ResponseParameters(size=size)], payload=payload(sent))


def body_sizes(responses):
    return [len(response.payload.body) for response in responses]


def empty_unary(client):
    equal(client.call("EmptyCall")(Empty(), timeout=PATIENCE_S), Empty())


def large_unary(client):
    response = client.call("UnaryCall")(
        SimpleRequest(response_size=314159, payload=payload(271828)), timeout=PATIENCE_S
    )
    equal(len(response.payload.body), 314159)


def client_streaming(client):
    requests = [StreamingInputCallRequest(payload=payload(size)) for size in REQUEST_SIZES]
    response = client.call("StreamingInputCall")(iter(requests), timeout=PATIENCE_S)
    equal(response.aggregated_payload_size, 74922)


def server_streaming(client):
    request = StreamingOutputCallRequest(response_parameters=[ResponseParameters(size=s) for s in RESPONSE_SIZES])
    equal(body_sizes(client.call("StreamingOutputCall")(request, timeout=PATIENCE_S)), RESPONSE_SIZES)


def ping_pong(client):
    requests = Requests()
    responses = client.call("FullDuplexCall")(iter(requests), timeout=PATIENCE_S)
    for sent, expected in zip(REQUEST_SIZES, RESPONSE_SIZES):
        requests.send(ask(expected, sent))
        equal(len(next(responses).payload.body), expected)
    requests.close()
    equal(list(responses), [])


def empty_stream(client):
    equal(list(client.call("FullDuplexCall")(iter([]), timeout=PATIENCE_S)), [])


def custom_metadata(client):
    def echoed(call):
        equal(dict(call.initial_metadata())[INITIAL_KEY], "test_initial_metadata_value")
        equal(dict(call.trailing_metadata())[TRAILING_KEY], b"\xab\xab\xab")

    request = SimpleRequest(response_size=314159, payload=payload(271828))
    _, unary = client.call("UnaryCall").with_call(request, metadata=METADATA, timeout=PATIENCE_S)
    echoed(unary)

    requests = iter([ask(314159, 271828)])
    duplex = client.call("FullDuplexCall")(requests, metadata=METADATA, timeout=PATIENCE_S)
    equal(body_sizes(duplex), [314159])
    echoed(duplex)


def ends_with_status(action, message):
    error = failure(action)
    equal((error.code(), error.details()), (grpc.StatusCode.UNKNOWN, message))


def status_code_and_message(client):
    status = EchoStatus(code=2, message="test status message")
    request = SimpleRequest(response_status=status)
    ends_with_status(lambda: client.call("UnaryCall")(request, timeout=PATIENCE_S), status.message)

    requests = [StreamingOutputCallRequest(response_status=status)]
    duplex = client.call("FullDuplexCall")(iter(requests), timeout=PATIENCE_S)
    ends_with_status(lambda: list(duplex), status.message)


def special_status_message(client):
    request = SimpleRequest(response_status=EchoStatus(code=2, message=SPECIAL_MESSAGE))
    ends_with_status(lambda: client.call("UnaryCall")(request, timeout=PATIENCE_S), SPECIAL_MESSAGE)


def unimplemented(client):
    error = failure(lambda: client.call("UnimplementedCall")(Empty(), timeout=PATIENCE_S))
    equal(error.code(), grpc.StatusCode.UNIMPLEMENTED)


def cancel_after_begin(client):
    requests = Requests()
    call = client.call("StreamingInputCall").future(iter(requests), timeout=PATIENCE_S)
    call.cancel()
    equal(call.code(), grpc.StatusCode.CANCELLED)
    requests.close()


def cancel_after_first_response(client):
    requests = Requests(ask(31415, 27182))
    call = client.call("FullDuplexCall")(iter(requests), timeout=PATIENCE_S)
    equal(len(next(call).payload.body), 31415)
    call.cancel()
    equal(failure(lambda: next(call)).code(), grpc.StatusCode.CANCELLED)
    requests.close()


def timeout_on_sleeping_server(client):
    requests = Requests(StreamingOutputCallRequest(payload=payload(27182)))
    call = client.call("FullDuplexCall")(iter(requests), timeout=0.001)
    equal(failure(lambda: next(call)).code(), grpc.StatusCode.DEADLINE_EXCEEDED)
    requests.close()


CASES = {
    "empty_unary": empty_unary,
    "large_unary": large_unary,
    "client_streaming": client_streaming,
    "server_streaming": server_streaming,
    "ping_pong": ping_pong,
    "empty_stream": empty_stream,
    "custom_metadata": custom_metadata,
    "status_code_and_message": status_code_and_message,
    "special_status_message": special_status_message,
    "unimplemented_method": unimplemented,
    "unimplemented_service": unimplemented,
    "cancel_after_begin": cancel_after_begin,
    "cancel_after_first_response": cancel_after_first_response,
    "timeout_on_sleeping_server": timeout_on_sleeping_server,
}
