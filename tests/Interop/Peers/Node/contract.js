'use strict';

// The two services as grpc-js sees them, read from the same .proto files that the C# side is compiled from.

const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const frames = require('./frames');

const protos = path.join(__dirname, '..', '..', 'Protos');
const definition = loader.loadSync('grpc/testing/test.proto', {
  includeDirs: [protos],
  keepCase: true,
  enums: String,
  defaults: true,
});

// Types stand in the definition beside services: a service is what has methods.
for (const service of [definition['grpc.testing.TestService'], definition['grpc.testing.UnimplementedService']]) {
  for (const method of Object.values(service)) {
    frames.keepFlags(method);
  }
}

const { TestService, UnimplementedService } = grpc.loadPackageDefinition(definition).grpc.testing;

/** A payload of `size` zero bytes. */
const payload = (size) => ({ type: 'COMPRESSABLE', body: Buffer.alloc(size) });

module.exports = {
  TestService,
  UnimplementedService,
  payload,
  initialKey: 'x-grpc-test-echo-initial',
  trailingKey: 'x-grpc-test-echo-trailing-bin',
};
