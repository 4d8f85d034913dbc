'use strict';

// The test service on grpc-js. Prints `listening <port>`; stops when its standard input ends, so that it cannot
// outlive the test that started it.

const grpc = require('@grpc/grpc-js');
const { TestService, payload, initialKey, trailingKey } = require('./contract');
const { cameCompressed, compressed } = require('./frames');

/** An error to end the call with: the status that the request asks for, or null. */
const askedStatus = (request) =>
  request.response_status && request.response_status.code !== 0
    ? { code: request.response_status.code, details: request.response_status.message }
    : null;

/** INVALID_ARGUMENT where a message came otherwise than it says, null where it came as it should. */
const wrongCompression = (message) => {
  const expected = message.expect_compressed;
  return expected && expected.value !== cameCompressed(message)
    ? { code: grpc.status.INVALID_ARGUMENT, details: `expected compressed: ${expected.value}` }
    : null;
};

const sendHeaders = (call, withGzip) => {
  const headers = new grpc.Metadata();
  for (const value of call.metadata.get(initialKey)) {
    headers.add(initialKey, value);
  }
  if (withGzip) {
    headers.set('grpc-encoding', 'gzip');
  }
  call.sendMetadata(headers);
};

const trailers = (call) => {
  const echoed = new grpc.Metadata();
  for (const value of call.metadata.get(trailingKey)) {
    echoed.add(trailingKey, value);
  }
  return echoed;
};

const asked = (message, asCompressed) => (asCompressed && asCompressed.value ? compressed(message) : message);

const send = (call, parameters) => {
  for (const { size, compressed: asCompressed } of parameters) {
    call.write(asked({ payload: payload(size) }, asCompressed));
  }
};

const service = {
  EmptyCall: (call, respond) => respond(null, {}),

  UnaryCall(call, respond) {
    const { request } = call;
    const error = askedStatus(request) ?? wrongCompression(request);
    sendHeaders(call, request.response_compressed?.value);
    if (error) {
      respond({ ...error, metadata: trailers(call) });
      return;
    }
    const response = asked({ payload: payload(request.response_size) }, request.response_compressed);
    respond(null, response, trailers(call));
  },

  StreamingOutputCall(call) {
    const { response_parameters: parameters } = call.request;
    sendHeaders(call, parameters.some((each) => each.compressed?.value));
    send(call, parameters);
    call.end(trailers(call));
  },

  StreamingInputCall(call, respond) {
    let size = 0;
    let error = null;
    call.on('data', (message) => {
      error ??= wrongCompression(message);
      size += message.payload.body.length;
      if (error) {
        respond(error);
      }
    });
    call.on('end', () => error || respond(null, { aggregated_payload_size: size }));
    // A call that the client gave up has nobody to answer.
    call.on('error', () => {});
  },

  FullDuplexCall(call) {
    sendHeaders(call, false);
    call.on('data', (request) => {
      const error = askedStatus(request);
      if (error) {
        call.emit('error', { ...error, metadata: trailers(call) });
        return;
      }
      send(call, request.response_parameters);
    });
    call.on('end', () => call.end(trailers(call)));
    call.on('error', () => {});
  },
};

const server = new grpc.Server();
server.addService(TestService.service, service);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  console.log(`listening ${port}`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
