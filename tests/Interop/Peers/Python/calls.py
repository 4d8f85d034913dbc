"""grpcio calls by name, without generated stubs."""

import queue

import grpc

from contract import METHODS, received

# No call of any case needs longer; one that hangs ends as DEADLINE_EXCEEDED.
PATIENCE_S = 10


class Client:
    """The calls of one service over a channel; `target` is where the channel leads, for a case that needs its own."""

    def __init__(self, channel, service, target, keep_flags=False):
        self.channel, self.service, self.target, self.keep_flags = channel, service, target, keep_flags

    def call(self, name, serialize=None):
        """A grpcio callable; with `keep_flags`, its responses are pairs of a message and whether it came compressed."""
        request, response, kind = METHODS[name]
        return getattr(self.channel, kind)(
            f"/{self.service}/{name}",
            request_serializer=serialize or request.SerializeToString,
            response_deserializer=received(response) if self.keep_flags else response.FromString,
        )


def failure(action):
    """The error that the action ends with; an AssertionError if it does not."""
    try:
        action()
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call succeeded")


class Requests:
    """A stream of requests that stays open until it is closed."""

    END = object()

    def __init__(self, *first):
        self._queue = queue.Queue()
        for request in first:
            self.send(request)

    def send(self, request):
        self._queue.put(request)

    def close(self):
        self._queue.put(self.END)

    def __iter__(self):
        return iter(self._queue.get, self.END)


def equal(actual, expected, what=""):
    assert actual == expected, f"{what} {actual!r} is not {expected!r}"
