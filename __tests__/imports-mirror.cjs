/**
 * Answers the downloads of `cdk8s import` from files, where their hosts are out of reach:
 *
 *     NODE_OPTIONS='--require ./__tests__/imports-mirror.cjs' MIRROR=../shared npm run imports
 */
const { EventEmitter } = require('node:events');
const { createReadStream } = require('node:fs');
const https = require('node:https');
const { basename, join } = require('node:path');

const SCHEMA = /\/kubernetes-schemas\/v([^/]+)\/_definitions\.json$/;

function fileOf(url) {
  const version = SCHEMA.exec(url)?.[1];
  return version ? join('schemas', `k8s-${version}`, '_definitions.json') : join('crds', basename(url));
}

https.get = (url, answered) => {
  const request = new EventEmitter();
  request.end = () => {};
  const response = createReadStream(join(process.env.MIRROR, fileOf(String(url))));
  response.statusCode = 200;
  response.once('open', () => answered(response));
  response.once('error', (error) => request.emit('error', error));
  return request;
};
