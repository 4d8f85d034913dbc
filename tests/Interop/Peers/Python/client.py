"""Runs one case against a server: `client.py <port> <case>`. Exits with 0 if it holds; says what did not, otherwise."""

import sys

import grpc

import cases
import compression_cases
from calls import Client
from contract import TEST_SERVICE, UNIMPLEMENTED_SERVICE

CASES = {**cases.CASES, **compression_cases.CASES}


def main(port, name):
    if name not in CASES:
        sys.exit(f"no case '{name}'; there are: {' '.join(CASES)}")
    target = f"127.0.0.1:{port}"
    with grpc.insecure_channel(target) as channel:
        service = UNIMPLEMENTED_SERVICE if name == "unimplemented_service" else TEST_SERVICE
        CASES[name](Client(channel, service, target))


main(*sys.argv[1:])
