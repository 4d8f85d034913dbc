'use strict';

// Runs one case against a server: `node client.js <port> <case>`. Exits with 0 if it holds; says what did not,
// otherwise.

const grpc = require('@grpc/grpc-js');
const cases = { ...require('./cases'), ...require('./compression-cases') };
const { TestService, UnimplementedService } = require('./contract');

const [port, name] = process.argv.slice(2);
if (!Object.hasOwn(cases, name)) {
  console.error(`no case '${name}'; there are: ${Object.keys(cases).join(' ')}`);
  process.exit(2);
}

const address = `127.0.0.1:${port}`;
const credentials = grpc.credentials.createInsecure();
const clients = {
  test: new TestService(address, credentials),
  unimplemented: new UnimplementedService(address, credentials),
  gzip: new TestService(address, credentials, {
    'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
  }),
};

cases[name](clients).then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
