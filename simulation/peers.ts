import type { Signed } from '../agent/channel';
import type { Send } from '../agent/peer';
import type { AgentSurroundings } from './agent';
import type { Process } from './machine';

/** Carries the questions of an agent to its peers over the modelled network, instead of HTTP. */
export function sendFrom(process: Process, around: AgentSurroundings): Send {
  const here = process.machine.name;
  return (host, _, question, timeoutMs) =>
    new Promise((resolve, reject) => {
      const cancel = process.after(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)));
      const agent = around.agentAt(host);
      // Nothing comes back from an address that nobody has.
      if (!agent) return;
      const there = agent.process.machine.name;
      const answer = (signed: Signed | string) =>
        around.network.send(there, here, () =>
          process.do(() => {
            cancel();
            if (typeof signed === 'string') reject(new Error('status 403'));
            else resolve(signed);
          }),
        );
      around.network.send(here, there, () => agent.process.do(() => void agent.answerPeer(question).then(answer)));
    });
}
