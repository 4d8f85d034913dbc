'use strict';

// grpc-js calls as promises: what a case awaits is the whole outcome of a call, whatever its status.

/** No call of any case needs longer; one that hangs ends as DEADLINE_EXCEEDED. */
const PATIENCE_MS = 10_000;

const options = (given = {}) => ({ deadline: Date.now() + PATIENCE_MS, ...given });

/** Watches a started call: resolves with its headers, its messages and its final status. */
const outcome = (call, responses) =>
  new Promise((resolve) => {
    let headers = null;
    call.on('metadata', (received) => (headers = received));
    // The status comes as an event of its own too; without a listener the error would end the process.
    call.on('error', () => {});
    call.on('status', (status) => resolve({ headers, status, responses }));
  });

/** A call with one request and one response. */
const unary = async (client, method, request, metadata, given) => {
  const responses = [];
  const keep = (error, response) => response && responses.push(response);
  const call = client[method](request, metadata, options(given), keep);
  const ended = await outcome(call, responses);
  return { ...ended, response: responses[0] };
};

/** A started call with many requests; `outcome` is the promise of how it ends. */
const clientStream = (client, method, given) => {
  const responses = [];
  const call = client[method](options(given), (error, response) => response && responses.push(response));
  return { call, outcome: outcome(call, responses) };
};

/** A started call with many responses; `onResponse` sees each as it comes. */
const responseStream = (call, onResponse = () => {}) => {
  const responses = [];
  call.on('data', (response) => {
    responses.push(response);
    onResponse(response, responses.length);
  });
  return outcome(call, responses);
};

module.exports = { options, unary, clientStream, responseStream };
