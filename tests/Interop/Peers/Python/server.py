"""The test service on grpcio. Prints `listening <port>`; stops when its standard input ends, so that it cannot outlive
the test that started it."""

import sys
from concurrent import futures

import grpc

from contract import (
    INITIAL_KEY,
    METHODS,
    TEST_SERVICE,
    TRAILING_KEY,
    Empty,
    SimpleResponse,
    StreamingInputCallResponse,
    StreamingOutputCallResponse,
    payload,
    received,
)
from frames import UNPACKED_HERE

# A call holds a thread until it ends: enough for the calls of one case that are cancelled and not yet noticed.
THREADS = 16


def echo_metadata(context):
    sent = context.invocation_metadata()
    context.set_trailing_metadata([(key, value) for key, value in sent if key == TRAILING_KEY])
    context.send_initial_metadata([(key, value) for key, value in sent if key == INITIAL_KEY])


def end_as_asked(request, context):
    if request.HasField("response_status"):
        code = next(code for code in grpc.StatusCode if code.value[0] == request.response_status.code)
        context.abort(code, request.response_status.message)


def expect_compression(request, came_compressed, context):
    if request.HasField("expect_compressed") and request.expect_compressed.value != came_compressed:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"expected compressed: {request.expect_compressed.value}")


def responses(parameters, context):
    for each in parameters:
        if each.HasField("compressed") and not each.compressed.value:
            context.disable_next_message_compression()
        yield StreamingOutputCallResponse(payload=payload(each.size))


class TestService:
    def EmptyCall(self, request, context):
        return Empty()

    def UnaryCall(self, received_request, context):
        request, came_compressed = received_request
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        echo_metadata(context)
        end_as_asked(request, context)
        expect_compression(request, came_compressed, context)
        return SimpleResponse(payload=payload(request.response_size))

    def StreamingOutputCall(self, received_request, context):
        request, _ = received_request
        if any(each.compressed.value for each in request.response_parameters):
            context.set_compression(grpc.Compression.Gzip)
        echo_metadata(context)
        yield from responses(request.response_parameters, context)

    def StreamingInputCall(self, requests, context):
        size = 0
        for request, came_compressed in requests:
            expect_compression(request, came_compressed, context)
            size += len(request.payload.body)
        return StreamingInputCallResponse(aggregated_payload_size=size)

    def FullDuplexCall(self, requests, context):
        echo_metadata(context)
        for request, _ in requests:
            end_as_asked(request, context)
            yield from responses(request.response_parameters, context)


def handler(service, name):
    request, response, kind = METHODS[name]
    make = getattr(grpc, f"{kind}_rpc_method_handler")
    return make(
        getattr(service, name), request_deserializer=received(request), response_serializer=response.SerializeToString
    )


def main():
    service = TestService()
    methods = {name: handler(service, name) for name in METHODS if hasattr(service, name)}
    server = grpc.server(futures.ThreadPoolExecutor(THREADS), options=UNPACKED_HERE)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(TEST_SERVICE, methods)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"listening {port}", flush=True)
    sys.stdin.read()
    server.stop(grace=None)


main()
