/**
 * Headers in which a client would say who it is, how it came, and which host or path it asks for. No balancer passes a client's own on:
 * programs take them for the word of a proxy. nginx can name headers, and no patterns of them.
 */
export const CLAIMS = [
  'Client-IP',
  'Forwarded',
  'Front-End-Https',
  'True-Client-IP',
  'X-Client-IP',
  'X-Cluster-Client-IP',
  'X-Forwarded-By',
  'X-Forwarded-Host',
  'X-Forwarded-Path',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X-Forwarded-Protocol',
  'X-Forwarded-Scheme',
  'X-Forwarded-Server',
  'X-Forwarded-Ssl',
  'X-Forwarded-Uri',
  'X-Host',
  'X-HTTP-Host-Override',
  'X-Original-Host',
  'X-Original-URL',
  'X-Proxy-Capabilities',
  'X-Rewrite-URL',
  'X-Script-Name',
  'X-Url-Scheme',
];
