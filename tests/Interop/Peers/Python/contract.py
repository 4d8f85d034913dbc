"""The messages of the test service, made from the descriptors that the C# side writes: no generated code."""

import os
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

import frames

INITIAL_KEY = "x-grpc-test-echo-initial"
TRAILING_KEY = "x-grpc-test-echo-trailing-bin"
TEST_SERVICE = "grpc.testing.TestService"
UNIMPLEMENTED_SERVICE = "grpc.testing.UnimplementedService"

_descriptors = descriptor_pb2.FileDescriptorSet.FromString(Path(os.environ["INTEROP_DESCRIPTORS"]).read_bytes())
_pool = descriptor_pool.DescriptorPool()
for _file in _descriptors.file:
    _pool.Add(_file)
_messages = message_factory.MessageFactory(_pool)


def _message(name):
    return _messages.GetPrototype(_pool.FindMessageTypeByName(f"grpc.testing.{name}"))


Empty = _message("Empty")
BoolValue = _message("BoolValue")
Payload = _message("Payload")
EchoStatus = _message("EchoStatus")
SimpleRequest = _message("SimpleRequest")
SimpleResponse = _message("SimpleResponse")
StreamingInputCallRequest = _message("StreamingInputCallRequest")
StreamingInputCallResponse = _message("StreamingInputCallResponse")
ResponseParameters = _message("ResponseParameters")
StreamingOutputCallRequest = _message("StreamingOutputCallRequest")
StreamingOutputCallResponse = _message("StreamingOutputCallResponse")

# Method: request, response, and the name that grpcio gives its kind.
METHODS = {
    "EmptyCall": (Empty, Empty, "unary_unary"),
    "UnaryCall": (SimpleRequest, SimpleResponse, "unary_unary"),
    "StreamingOutputCall": (StreamingOutputCallRequest, StreamingOutputCallResponse, "unary_stream"),
    "StreamingInputCall": (StreamingInputCallRequest, StreamingInputCallResponse, "stream_unary"),
    "FullDuplexCall": (StreamingOutputCallRequest, StreamingOutputCallResponse, "stream_stream"),
    "UnimplementedCall": (Empty, Empty, "unary_unary"),
}


def payload(size):
    """A payload of `size` zero bytes."""
    return Payload(body=bytes(size))


def received(message_type):
    """A deserializer of this type, whose result is the message and whether it came compressed."""

    def parse(data):
        message, compressed = frames.unpack(data)
        return frames.Received(message_type.FromString(message), compressed)

    return parse
