'use strict';

// The cases about compression. A client of its own compresses by default; a message is exempted by its write flag,
// which a stream takes with each write and a unary call through an interceptor.

const assert = require('node:assert/strict');
const grpc = require('@grpc/grpc-js');
const { options, unary, clientStream, responseStream } = require('./calls');
const { payload } = require('./contract');
const { cameCompressed } = require('./frames');

const { status: Status } = grpc;
const NO_COMPRESS = 2;

class UncompressedCall extends grpc.InterceptingCall {
  sendMessageWithContext(context, message) {
    super.sendMessageWithContext({ ...context, flags: NO_COMPRESS }, message);
  }
}

const uncompressed = { interceptors: [(given, next) => new UncompressedCall(next(given))] };
const none = () => new grpc.Metadata();

const ok = ({ status }) => assert.equal(status.code, Status.OK, status.details);
const refused = ({ status }) => assert.equal(status.code, Status.INVALID_ARGUMENT, status.details);

/** One request of the unary case: says `expected`, travels compressed or not. */
const unaryProbe = (client, expected, given) =>
  unary(
    client,
    'UnaryCall',
    { expect_compressed: { value: expected }, response_size: 314159, payload: payload(271828) },
    none(),
    given,
  );

async function clientCompressedUnary({ gzip }) {
  refused(await unaryProbe(gzip, true, uncompressed));
  for (const [expected, given] of [[true, {}], [false, uncompressed]]) {
    const result = await unaryProbe(gzip, expected, given);
    ok(result);
    assert.equal(result.response.payload.body.length, 314159);
  }
}

async function serverCompressedUnary({ test }) {
  for (const expected of [true, false]) {
    const request = { response_compressed: { value: expected }, response_size: 314159, payload: payload(271828) };
    const result = await unary(test, 'UnaryCall', request, none());
    ok(result);
    assert.equal(result.response.payload.body.length, 314159);
    assert.equal(cameCompressed(result.response), expected, 'the compressed-flag of the response');
  }
}

// grpc-js takes its flags where a stream takes an encoding. Node before 20 refuses a number there but does not look at
// the default encoding, which grpc-js is given all the same; later ones do the opposite.
function writeUncompressed(call, message) {
  if (Number.parseInt(process.versions.node, 10) >= 20) {
    call.write(message, NO_COMPRESS);
    return;
  }
  const state = call._writableState;
  const usual = state.defaultEncoding;
  state.defaultEncoding = NO_COMPRESS;
  call.write(message);
  state.defaultEncoding = usual;
}

async function clientCompressedStreaming({ gzip }) {
  const probe = clientStream(gzip, 'StreamingInputCall');
  writeUncompressed(probe.call, { expect_compressed: { value: true }, payload: payload(27182) });
  probe.call.end();
  refused(await probe.outcome);

  const { call, outcome } = clientStream(gzip, 'StreamingInputCall');
  call.write({ expect_compressed: { value: true }, payload: payload(27182) });
  writeUncompressed(call, { expect_compressed: { value: false }, payload: payload(45904) });
  call.end();
  const result = await outcome;
  ok(result);
  assert.equal(result.responses[0].aggregated_payload_size, 73086);
}

async function serverCompressedStreaming({ test }) {
  const response_parameters = [
    { compressed: { value: true }, size: 31415 },
    { compressed: { value: false }, size: 92653 },
  ];
  const result = await responseStream(test.StreamingOutputCall({ response_parameters }, options()));
  ok(result);
  assert.deepEqual(
    result.responses.map((response) => [cameCompressed(response), response.payload.body.length]),
    [[true, 31415], [false, 92653]],
  );
}

module.exports = {
  client_compressed_unary: clientCompressedUnary,
  server_compressed_unary: serverCompressedUnary,
  client_compressed_streaming: clientCompressedStreaming,
  server_compressed_streaming: serverCompressedStreaming,
};
