import { setTimeout as sleep } from 'node:timers/promises';

/** Tries until it has succeeded, as the slices may not be up yet, and says once why it has not. */
export async function retry(attempt: () => Promise<void>, say: (line: string) => void): Promise<void> {
  for (let last = ''; ; await sleep(2000)) {
    try {
      return await attempt();
    } catch (error) {
      const line = `waiting: ${(error as Error).message}`;
      if (line !== last) say(line);
      last = line;
    }
  }
}
