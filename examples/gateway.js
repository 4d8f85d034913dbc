'use strict';

// A gateway in JavaScript: streams one channel, and goes on after every break where the platform says.
//
//     (cd examples && npm install)
//     node examples/gateway.js artifacts/dev/connection.json projects/lab/branches/BRANCH/streams/STREAM [SECONDS]
//
// The protos are read as they are; nothing else of Dendrite's is needed.

const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const RATE = 250;
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;

// What another try may mend. All else is a mistake, or another gateway that took the stream over (ABORTED).
const PASSING = [grpc.status.UNAVAILABLE, grpc.status.CANCELLED];

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) {
    byte = (byte >>> 1) ^ (byte & 1 ? 0x82f63b78 : 0);
  }
  return byte;
});

/** CRC-32C (Castagnoli). */
function crc32c(data) {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff];
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The device. A real gateway keeps what is not acknowledged yet, in memory or on disk, to send it again. */
function readSecond(first) {
  const samples = Buffer.alloc(RATE * 2);
  for (let i = 0; i < RATE; i++) {
    samples.writeInt16LE(Math.round(1000 * Math.sin((first + i) / 5)), i * 2);
  }
  return samples;
}

/** One call of Append: resolves with the answer to close, rejects with the call's status. */
function connect(client, metadata, recording) {
  return new Promise((resolve, reject) => {
    const call = client.append(metadata);
    let next = 0;
    let acknowledged = 0;
    let window = 0;
    let isClosing = false;

    // Sends while what is not acknowledged fits the window that open answered, and while the connection takes it.
    const send = () => {
      while (next < recording.endSample && next - acknowledged < window) {
        const payload = readSecond(next);
        const block = { firstSample: next, sampleCount: RATE, encoding: 'BLOCK_ENCODING_RAW', payload };
        const hasRoom = call.write({ block: { ...block, crc32c: crc32c(payload) } });
        next += RATE;
        if (!hasRoom) {
          call.once('drain', send);
          return;
        }
      }
      if (next >= recording.endSample && !isClosing) {
        isClosing = true;
        call.write({ close: { endSample: recording.endSample } });
        call.end();
      }
    };

    let closed = null;
    call.on('data', (answer) => {
      if (answer.opened) {
        next = acknowledged = answer.opened.nextSample;
        window = Math.max(answer.opened.maxBytesInFlight / 2 - RATE, RATE);
        // From now on only as this writer: whoever takes the stream over is not thrown out again.
        Object.assign(recording.open, { epochPolicy: 'EPOCH_POLICY_SAME_EPOCH', epoch: answer.opened.epoch });
        recording.hasOpened = true;
        console.log('goes on from sample', next);
      } else if (answer.acked) {
        acknowledged = answer.acked.throughSample;
        console.log('acknowledged', acknowledged);
      } else {
        closed = answer.closed;
      }
      send();
    });
    call.on('error', reject);
    call.on('end', () => closed && resolve(closed));
    call.write({ open: recording.open });
  });
}

async function record(client, metadata, recording) {
  let delay = FIRST_DELAY_MS;
  for (;;) {
    recording.hasOpened = false;
    try {
      return await connect(client, metadata, recording);
    } catch (error) {
      if (!PASSING.includes(error.code)) {
        throw error;
      }
      console.error(`lost the platform (${error.message}), trying again`);
      delay = recording.hasOpened ? FIRST_DELAY_MS : delay;
    }
    // With jitter, so that a hundred gateways do not come back in one moment.
    await sleep(delay * (0.5 + Math.random() / 2));
    delay = Math.min(delay * 2, LONGEST_DELAY_MS);
  }
}

async function main(connectionFile, name, seconds = '1') {
  const connection = JSON.parse(fs.readFileSync(connectionFile, 'utf8'));
  const definition = loader.loadSync('dendrite/v1/ingest.proto', {
    includeDirs: [path.join(__dirname, '..', 'protos')],
    // Counts of samples are exact up to 2^53, which no recording reaches.
    longs: Number,
    defaults: true,
    enums: String,
    oneofs: true,
  });
  const { IngestService } = grpc.loadPackageDefinition(definition).dendrite.v1;
  const client = new IngestService(connection.ingest.replace('http://', ''), grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${connection.apiKey}`);
  const channel = { label: 'C3', unit: 'uV', sampleType: 'SAMPLE_TYPE_INT16', scale: 0.1 };
  const descriptor = {
    nominalRate: { samples: RATE, seconds: 1 },
    startTime: { seconds: Math.floor(Date.now() / 1000) },
    channels: [channel],
  };
  const open = { stream: name, descriptor, createIfMissing: true, writer: 'gateway.js' };
  const closed = await record(client, metadata, { open, endSample: Number(seconds) * RATE });
  console.log('durable up to sample', closed.throughSample, 'at version', closed.version);
  client.close();
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
