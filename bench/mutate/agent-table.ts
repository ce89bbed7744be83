import type { Mutation } from './mutation';
import { inFile } from './mutation';

/** Mistakes in what is active, in how it hands over and in what the agents of a pair say to each other. */
export const AGENT_MUTATIONS: readonly Mutation[] = [
  ...inFile(
    'agent/leader.ts',
    ['__tests__/agent/leader.test.ts'],
    [
      [
        '  const validUntil = Math.max(sentAt + Math.min(timings.giveUpMs, sure), agreedUntil);',
        '  const validUntil = sentAt + Math.min(timings.giveUpMs, sure);',
      ],
      ['  return Math.max(standsStill, state.promisedUntil);', '  return standsStill;'],
      ['lease.term > 0 && !lease.cleared;', 'lease.term > 0;'],
      ["  if (state.attempting) return refuse('it is taking over');\n", ''],
      ['  if (state.highestTerm > ask.term) return refuse(`it has seen term ${state.highestTerm}`);\n', ''],
      ['now - state.quickAt < 2 * timings.renewMs', 'false'],
      ['  return Math.max(state.highestTerm, state.lease?.term ?? 0) + 1;', '  return (state.lease?.term ?? 0) + 1;'],
      ['lease?.holder === me && lease.term !== givenBack', 'lease?.holder === me'],
    ],
  ),
  ...inFile(
    'agent/leader.ts',
    ['__tests__/agent/elector.test.ts'],
    [
      ['  return Math.max(timings.leaseMs, Math.min(lease.leaseMs, LONGEST_LEASE_MS));', '  return timings.leaseMs;'],
      ['  if (!lease || isUnknownToHolder(state)) return Infinity;', '  if (!lease) return Infinity;'],
    ],
  ),
  ...inFile(
    'agent/elector.ts',
    ['__tests__/agent/elector.test.ts'],
    [
      ['tries < 3; tries++', 'tries < 1; tries++'],
      [
        '      if (asked === this.tenures && this.active()) {\n        this.hold(written, sentAt);\n        done = true;',
        '      if (this.active()) {\n        this.hold(written, sentAt);\n        done = true;',
      ],
      ['      if (asked === this.tenures && this.active()) this.hold(written, askedAt);\n', ''],
    ],
  ),
  ...inFile(
    'agent/elector.ts',
    ['__tests__/agent/elector.test.ts', '__tests__/agent/elector.property.test.ts'],
    [
      ["    if (tenure && now >= tenure.validUntil) this.lose('the lease ran out before it could be renewed');\n", ''],
      [
        "      if (!(error instanceof Conflict)) this.troubles.tell('failed to take the lease', error);\n      await this.look();",
        "      if (!(error instanceof Conflict)) this.troubles.tell('failed to take the lease', error);",
      ],
    ],
  ),
  ...inFile(
    'agent/lease-writer.ts',
    ['__tests__/agent/elector.test.ts'],
    [
      ['{ ...changes, [RELEASED]: String(term) }', 'changes'],
      ['leaving: undefined, [RELEASED]: undefined }', 'leaving: undefined }'],
      [
        "    const { holder, term, facts, leaseMs } = this.deleted ?? { holder: '', term: 0, facts: {} };",
        "    const { holder, term, facts, leaseMs } = { holder: '', term: 0, facts: {}, leaseMs: undefined };",
      ],
      ['!from || isMadeAnew(from) ? this.published : {}', '{}'],
    ],
  ),
  ...inFile(
    'agent/lease.ts',
    ['__tests__/agent/kube.test.ts'],
    [
      ['&& facts[RELEASED] !== String(term)', '&& facts[RELEASED] === undefined'],
      ['[409, 404, 422].includes(error.status)', '[409].includes(error.status)'],
    ],
  ),
  ...inFile(
    'agent/heartbeat.ts',
    ['__tests__/agent/heartbeat.test.ts'],
    [
      [
        '      await this.makeStandby(reason, planned);\n      await this.elector.release(awayMs, facts);\n',
        '      await this.elector.release(awayMs, facts);\n      await this.makeStandby(reason, planned);\n',
      ],
      ['    if (!this.engineVerdict.well) return void this.abdicateIll();\n', ''],
      ['    if (!verdict.well) void this.abdicateIll();\n    else if', '    if'],
      [
        "    const over = () => tenure !== this.tenure || this.phase !== 'promoting';",
        "    const over = () => this.phase !== 'promoting';",
      ],
      ["    if (this.leaving) return { well: false, reason: 'it is about to stop' };\n", ''],
      [
        "      return { well: false, reason: 'it does not reach the api server' };",
        "      return { well: true, reason: '' };",
      ],
      ['    if (!result.done && !this.engine.servesAsStandby)', '    if (false)'],
      ['    this.reluctance.asked(verdict);\n', ''],
    ],
  ),
  ...inFile(
    'agent/handover.ts',
    ['__tests__/agent/heartbeat.test.ts'],
    [
      ['      if (statuses.some(({ ready }) => ready)) break;\n', '      break;\n'],
      ['    leaver.leaving = false;\n', ''],
      ['    leaver.comeBack();\n', ''],
      ['      if (passed >= timings.leaseMs && this.leaver.leaseIsFree) return undefined;\n', ''],
      ["      await sleep(this.clock, settleMs);\n      this.log('handed over'", "      this.log('handed over'"],
      ["phase === 'active' && pointed?.pods.includes(pod)", "phase === 'active'"],
    ],
  ),
  ...inFile(
    'agent/stop-order.ts',
    ['__tests__/agent/stop-order.test.ts'],
    [
      ["    } finally {\n      writeFileSync(`${this.folder}/${LEFT}`, '');\n    }", '    } finally {\n    }'],
      ['    rmSync(`${this.folder}/${LEAVE}`, { force: true });\n', ''],
    ],
  ),
  ...inFile(
    'agent/pods.ts',
    ['__tests__/agent/pods.test.ts'],
    [
      ["pod === this.own.pod ? 'active' : 'standby'", "'active'"],
      [
        '      if (found) this.roles.set(pod, labels?.[ROLE_LABEL] as string | undefined);\n      else this.roles.delete(pod);',
        '      if (found) this.roles.set(pod, labels?.[ROLE_LABEL] as string | undefined);',
      ],
      ['`${this.path(pod)}/status`', 'this.path(pod)'],
    ],
  ),
  ...inFile(
    'agent/traffic.ts',
    ['__tests__/agent/traffic.test.ts'],
    [
      ['    if (written > term) throw new Outranked(written);\n', ''],
      ['resourceVersion: NONE_YET }', '}'],
    ],
  ),
  ...inFile(
    'agent/channel.ts',
    ['__tests__/agent/peer.test.ts'],
    [
      [
        '    if (question.pair !== this.pair || question.to !== this.pod) return `this is ${this.pod} of ${this.pair}`;\n',
        '',
      ],
      ["    if (ask && sentAt <= (this.last.get(ask.holder) ?? -Infinity)) return 'the question is an old one';\n", ''],
      [' || answer.nonce !== nonce)', ')'],
      [
        "    if (!this.isSigned('question', text, signature)) return 'the question is not signed with the key of this pair';\n",
        '',
      ],
      ["createHmac('sha256', key)", "createHmac('sha256', '')"],
    ],
  ),
  ...inFile(
    'agent/server.ts',
    ['__tests__/agent/peer.test.ts'],
    [
      ['      if (!isLocal(request)) return say(403, FROM_WITHIN);\n', ''],
      ['    if (text.length > LONGEST) return undefined;\n', ''],
    ],
  ),
  ...inFile(
    'agent/reluctance.ts',
    ['__tests__/agent/reluctance.test.ts'],
    [
      ['this.told.reason === reason ? AGAIN_MS : TELL_MS', 'TELL_MS'],
      ['this.told.reason === reason ? AGAIN_MS : TELL_MS', 'AGAIN_MS'],
      ['    if (!this.told) return since + TELL_MS;\n', ''],
    ],
  ),
  ...inFile(
    'agent/mounted-secret.ts',
    ['__tests__/agent/mounted-secret.test.ts'],
    [['  return [now, before].filter', '  return [before, now].filter']],
  ),
];
