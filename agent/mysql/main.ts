import { run } from '../run';
import { MySqlEngine } from './engine';

run((config, agent, { pod }, log) => {
  const { engine } = config;
  if (engine.kind !== 'mysql') throw new Error(`engine.kind must be 'mysql', got ${JSON.stringify(engine.kind)}`);
  return new MySqlEngine(config, engine, pod, agent, log);
});
