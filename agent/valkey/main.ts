import { run } from '../run';
import { ValkeyEngine } from './engine';

run((config, agent, { pod }, log) => {
  const { engine } = config;
  if (engine.kind !== 'valkey') throw new Error(`engine.kind must be 'valkey', got ${JSON.stringify(engine.kind)}`);
  return new ValkeyEngine(config, engine, pod, agent, log);
});
