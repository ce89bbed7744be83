import { Command } from '../command';
import { eventsOf } from '../events';
import { podOfSlice, podsOfRole } from '../find-slice';
import { HELP, NAMESPACES, OUTPUT } from '../options';
import { printed } from '../output';
import { inherit } from '../programs';
import { kubectl } from '../apply';
import { top as topOf } from '../top';
import { clusterFor } from './connected';

export const logs: Command = {
  name: 'logs',
  summary: 'Print the logs of a role or slice',
  about: `Prints the logs of all slices of a role, a line with the slice that it is from, or those of one slice. It is the engine's container,
unless -c names another.`,
  arguments: [{ name: 'ROLE', required: true }, { name: 'SITE' }],
  options: {
    ...NAMESPACES,
    follow: { type: 'boolean', short: 'f', help: 'Go on as new lines come.' },
    tail: { type: 'string', value: 'LINES', help: 'How many lines of each slice (default 20).' },
    since: { type: 'string', value: 'TIME', help: 'Only lines that are newer, such as 10m.' },
    previous: {
      type: 'boolean',
      short: 'p',
      help: 'The log of the run before, of a container that was started again.',
    },
    container: { type: 'string', short: 'c', value: 'NAME', help: 'Another container of the slice.' },
    ...HELP,
  },
  examples: ['logs web', 'logs dfw-db01 -f', 'logs lb -c heartbeat --since=10m'],
  async run(call) {
    const [role = '', site] = call.args;
    const { connection, cluster } = await clusterFor(call);
    const { namespace, which } = await podsOfRole(cluster, role, site);
    const [since, container] = [call.text('since'), call.text('container')];
    return inherit(kubectl(connection.kubectl), [
      'logs',
      `--namespace=${namespace}`,
      ...which,
      '--prefix',
      '--max-log-requests=50',
      `--tail=${call.text('tail') ?? 20}`,
      ...(call.has('follow') ? ['--follow'] : []),
      ...(call.has('previous') ? ['--previous'] : []),
      ...(since === undefined ? [] : [`--since=${since}`]),
      ...(container === undefined ? [] : [`--container=${container}`]),
    ]);
  },
};

export const shell: Command = {
  name: 'shell',
  summary: 'Open a shell in a slice',
  about: `Opens a shell in the engine's container of a slice, or runs a command there. A role stands for the first of its slices that is ready.`,
  arguments: [
    { name: 'SLICE', required: true },
    { name: 'COMMAND', rest: true },
  ],
  options: {
    ...NAMESPACES,
    container: { type: 'string', short: 'c', value: 'NAME', help: 'Another container of the slice.' },
    ...HELP,
  },
  examples: ['shell web', 'shell dfw-db01 -- df -h /var/lib/mysql'],
  async run(call) {
    const [slice = '', ...command] = call.args;
    const { connection, cluster } = await clusterFor(call);
    const { namespace, pod, engine } = await podOfSlice(cluster, slice);
    return inherit(kubectl(connection.kubectl), [
      'exec',
      '--stdin',
      ...(call.streams.ask ? ['--tty'] : []),
      `--namespace=${namespace}`,
      `--container=${call.text('container') ?? engine}`,
      pod,
      '--',
      ...(command.length > 0 ? command : ['sh', '-c', 'exec "$(command -v bash || command -v sh)"']),
    ]);
  },
};

export const events: Command = {
  name: 'events',
  summary: 'Show what happened to the objects of a site',
  about: `Shows the events of the objects of the sites that are named, or of all, the newest last. A cluster keeps them for an hour by default.`,
  arguments: [{ name: 'SITE', rest: true }],
  options: {
    ...NAMESPACES,
    type: { type: 'string', value: 'TYPE', choices: ['Normal', 'Warning'], help: 'Only events of this type.' },
    ...OUTPUT,
    ...HELP,
  },
  examples: ['events', 'events dfw --type=Warning'],
  async run(call) {
    const { cluster } = await clusterFor(call);
    call.streams.out(printed(call.text('output'), await eventsOf(cluster, call.args, call.text('type'))));
  },
};

export const top: Command = {
  name: 'top',
  summary: 'Show what slices use of their RAM and of the CPU',
  about: `Shows what each slice of the sites that are named, or of all, uses of its RAM and of the CPU, the fullest first.
It needs metrics-server.`,
  arguments: [{ name: 'SITE', rest: true }],
  options: { ...NAMESPACES, ...OUTPUT, ...HELP },
  examples: ['top', 'top dfw -o json'],
  async run(call) {
    const { cluster } = await clusterFor(call);
    call.streams.out(printed(call.text('output'), await topOf(cluster, call.args)));
  },
};
