'use strict';

// The compressed-flag of each message, which grpc-js keeps to itself.
//
// The compression cases ask how a message travelled, not only what it said. grpc-js decompresses before anyone can
// look, and its server never compresses ("response compression is currently not supported" in
// server-interceptors.ts). So the two functions in which it takes frames apart, and the one in which its server puts
// them together, are wrapped here: they remember the flag, and compress a response that asks for it. Everything else,
// HTTP/2 and the stream of frames included, stays grpc-js's own.
//
// A frame: one byte of flag (1 = compressed), four bytes of length (big-endian), the message.

const zlib = require('node:zlib');
const { CompressionFilter } = require('@grpc/grpc-js/build/src/compression-filter');
const { BaseServerInterceptingCall } = require('@grpc/grpc-js/build/src/server-interceptors');

const HEADER_SIZE = 5;
const COMPRESSED = 1;
const flag = Symbol('compressed-flag of the frame that this came in');
const sendCompressed = Symbol('asks the server to compress this message');

const wrap = (prototype, name, replacement) => {
  const original = prototype[name];
  if (typeof original !== 'function') {
    throw new Error(`this grpc-js has no ${prototype.constructor.name}.${name}: its frames cannot be watched`);
  }
  prototype[name] = replacement(original);
};

wrap(BaseServerInterceptingCall.prototype, 'decompressMessage', (decompress) =>
  async function (frame, encoding) {
    const message = await decompress.call(this, frame, encoding);
    message[flag] = frame[0] === COMPRESSED;
    return message;
  });

wrap(CompressionFilter.prototype, 'receiveMessage', (receive) =>
  async function (frame) {
    const framed = await frame;
    const message = await receive.call(this, framed);
    message[flag] = framed[0] === COMPRESSED;
    return message;
  });

wrap(BaseServerInterceptingCall.prototype, 'serializeMessage', (serialize) =>
  function (message) {
    const frame = serialize.call(this, message);
    if (!message[sendCompressed]) {
      return frame;
    }
    const body = zlib.gzipSync(frame.subarray(HEADER_SIZE));
    const header = Buffer.alloc(HEADER_SIZE);
    header.writeUInt8(COMPRESSED, 0);
    header.writeUInt32BE(body.length, 1);
    return Buffer.concat([header, body]);
  });

/** Makes the messages that this method deserializes remember how they came. */
function keepFlags(method) {
  for (const name of ['requestDeserialize', 'responseDeserialize']) {
    const deserialize = method[name];
    method[name] = (buffer) => Object.defineProperty(deserialize(buffer), flag, { value: buffer[flag] });
  }
}

/** Whether this message, received, came compressed. */
const cameCompressed = (message) => message[flag] === true;

/** The same message, to be sent compressed: the call's `grpc-encoding` must say gzip. */
const compressed = (message) => Object.defineProperty(message, sendCompressed, { value: true });

module.exports = { keepFlags, cameCompressed, compressed };
