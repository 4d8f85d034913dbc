'use strict';

// The standard cases, except those about compression. Sizes and texts are the ones of the public specification.

const assert = require('node:assert/strict');
const grpc = require('@grpc/grpc-js');
const { options, unary, clientStream, responseStream } = require('./calls');
const { payload, initialKey, trailingKey } = require('./contract');

const { status: Status } = grpc;
const REQUEST_SIZES = [27182, 8, 1828, 45904];
const RESPONSE_SIZES = [31415, 9, 2653, 58979];
const SPECIAL_MESSAGE = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';

const none = () => new grpc.Metadata();
const bodySizes = (responses) => responses.map((response) => response.payload.body.length);
const ok = ({ status }) => assert.equal(status.code, Status.OK, status.details);

const endsWith = ({ status }, code, details) => {
  assert.equal(status.code, code, status.details);
  if (details !== undefined) {
    assert.equal(status.details, details);
  }
};

async function emptyUnary({ test }) {
  ok(await unary(test, 'EmptyCall', {}, none()));
}

async function largeUnary({ test }) {
  const result = await unary(test, 'UnaryCall', { response_size: 314159, payload: payload(271828) }, none());
  ok(result);
  assert.equal(result.response.payload.body.length, 314159);
}

async function clientStreaming({ test }) {
  const { call, outcome } = clientStream(test, 'StreamingInputCall');
  REQUEST_SIZES.forEach((size) => call.write({ payload: payload(size) }));
  call.end();
  const result = await outcome;
  ok(result);
  assert.equal(result.responses[0].aggregated_payload_size, 74922);
}

async function serverStreaming({ test }) {
  const request = { response_parameters: RESPONSE_SIZES.map((size) => ({ size })) };
  const result = await responseStream(test.StreamingOutputCall(request, options()));
  ok(result);
  assert.deepEqual(bodySizes(result.responses), RESPONSE_SIZES);
}

async function pingPong({ test }) {
  const call = test.FullDuplexCall(options());
  const ping = (turn) =>
    call.write({ response_parameters: [{ size: RESPONSE_SIZES[turn] }], payload: payload(REQUEST_SIZES[turn]) });
  const ended = responseStream(call, (response, count) => (count < RESPONSE_SIZES.length ? ping(count) : call.end()));
  ping(0);
  const result = await ended;
  ok(result);
  assert.deepEqual(bodySizes(result.responses), RESPONSE_SIZES);
}

async function emptyStream({ test }) {
  const call = test.FullDuplexCall(options());
  const ended = responseStream(call);
  call.end();
  const result = await ended;
  ok(result);
  assert.equal(result.responses.length, 0);
}

async function customMetadata({ test }) {
  const sent = none();
  sent.set(initialKey, 'test_initial_metadata_value');
  sent.set(trailingKey, Buffer.from([0xab, 0xab, 0xab]));
  const echoed = ({ headers, status }) => {
    assert.deepEqual(headers.get(initialKey), ['test_initial_metadata_value']);
    assert.deepEqual(status.metadata.get(trailingKey), [Buffer.from([0xab, 0xab, 0xab])]);
  };

  const single = await unary(test, 'UnaryCall', { response_size: 314159, payload: payload(271828) }, sent);
  ok(single);
  echoed(single);

  const call = test.FullDuplexCall(sent, options());
  const ended = responseStream(call);
  call.write({ response_parameters: [{ size: 314159 }], payload: payload(271828) });
  call.end();
  const duplex = await ended;
  ok(duplex);
  echoed(duplex);
}

async function statusCodeAndMessage({ test }) {
  const response_status = { code: Status.UNKNOWN, message: 'test status message' };
  endsWith(await unary(test, 'UnaryCall', { response_status }, none()), Status.UNKNOWN, response_status.message);

  const call = test.FullDuplexCall(options());
  const ended = responseStream(call);
  call.write({ response_status });
  call.end();
  endsWith(await ended, Status.UNKNOWN, response_status.message);
}

async function specialStatusMessage({ test }) {
  const response_status = { code: Status.UNKNOWN, message: SPECIAL_MESSAGE };
  endsWith(await unary(test, 'UnaryCall', { response_status }, none()), Status.UNKNOWN, SPECIAL_MESSAGE);
}

async function unimplementedMethod({ test }) {
  endsWith(await unary(test, 'UnimplementedCall', {}, none()), Status.UNIMPLEMENTED);
}

async function unimplementedService({ unimplemented }) {
  endsWith(await unary(unimplemented, 'UnimplementedCall', {}, none()), Status.UNIMPLEMENTED);
}

async function cancelAfterBegin({ test }) {
  const { call, outcome } = clientStream(test, 'StreamingInputCall');
  call.cancel();
  endsWith(await outcome, Status.CANCELLED);
}

async function cancelAfterFirstResponse({ test }) {
  const call = test.FullDuplexCall(options());
  const ended = responseStream(call, () => call.cancel());
  call.write({ response_parameters: [{ size: 31415 }], payload: payload(27182) });
  const result = await ended;
  endsWith(result, Status.CANCELLED);
  assert.equal(result.responses.length, 1);
}

async function timeoutOnSleepingServer({ test }) {
  const call = test.FullDuplexCall({ deadline: Date.now() + 1 });
  const ended = responseStream(call);
  call.write({ payload: payload(27182) });
  endsWith(await ended, Status.DEADLINE_EXCEEDED);
}

module.exports = {
  empty_unary: emptyUnary,
  large_unary: largeUnary,
  client_streaming: clientStreaming,
  server_streaming: serverStreaming,
  ping_pong: pingPong,
  empty_stream: emptyStream,
  custom_metadata: customMetadata,
  status_code_and_message: statusCodeAndMessage,
  special_status_message: specialStatusMessage,
  unimplemented_method: unimplementedMethod,
  unimplemented_service: unimplementedService,
  cancel_after_begin: cancelAfterBegin,
  cancel_after_first_response: cancelAfterFirstResponse,
  timeout_on_sleeping_server: timeoutOnSleepingServer,
};
