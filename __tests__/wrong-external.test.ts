import { api } from './input-samples';
import { refuses } from './wrong-values';

const cidrs = (...given: string[]) => api.ExternalPeer.cidrs(given);
const HOST = "write a host's name or address alone, such as 'db.example.net' or '10.1.2.3'";

refuses('ExternalDatabase', [
  ['a host by its URL', () => ({ host: 'mysql://db' }), `'host' is 'mysql://db': ${HOST}`],
  ['a host with its port', () => ({ host: '10.1.2.3:3306' }), `'host' is '10.1.2.3:3306': ${HOST}`],
  ['no host', () => ({ host: '' }), `'host' is '': ${HOST}`],
  ['an IPv4 address in the form of IPv6', () => ({ host: '::ffff:10.1.2.3' }), `'host' is '::ffff:10.1.2.3': ${HOST}`],
  [
    'a name that would be read as an address',
    () => ({ host: '300.1.2.3', peer: cidrs('10.0.0.0/8') }),
    `'host' is '300.1.2.3': ${HOST}`,
  ],
  [
    'the pod’s own address',
    () => ({ host: '127.0.0.1' }),
    "'host' is '127.0.0.1': no other host has it; write an address of your network",
  ],
  [
    'the address of no host',
    () => ({ host: '::' }),
    "'host' is '::': no other host has it; write an address of your network",
  ],
  [
    'an address in other networks',
    () => ({ peer: cidrs('192.168.0.0/16') }),
    "'host' is '10.1.2.3': it is in none of 192.168.0.0/16; leave peer out, or add its network",
  ],
  [
    'the first part of a name',
    () => ({ host: 'db', peer: api.ExternalPeer.ciliumFqdn() }),
    "'host' is 'db': write the whole name, such as 'db.example.net'",
  ],
  ['no database', () => ({ databaseName: '' }), "'databaseName' is '': write a name without a space at an end"],
  [
    'a database of spaces',
    () => ({ databaseName: ' a' }),
    "'databaseName' is ' a': write a name without a space at an end",
  ],
  [
    'a database of two lines',
    () => ({ databaseName: 'a\nb' }),
    "'databaseName' is 'a\\nb': write one line without control characters",
  ],
  ['no account', () => ({ user: '' }), "'user' is '': write a name without a space at an end"],
]);

refuses('ExternalBlobStore', [
  [
    'a bucket in a folder',
    () => ({ bucket: 'a/b' }),
    "'bucket' is 'a/b': write 3 to 63 letters, digits, dots, hyphens and underscores, such as 'uploads'",
  ],
  ['no region', () => ({ region: '' }), "'region' is '': write the store's region, such as 'us-east-1'"],
]);

refuses('ExternalCache', [
  [
    'several servers in one text',
    () => ({ servers: ['10.1.2.3:11211,10.1.2.4:11211'] }),
    `'servers' is '10.1.2.3:11211,10.1.2.4': ${HOST}`,
  ],
]);
