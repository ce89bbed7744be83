import { logTo } from '../log';
import { run } from '../run';
import { ValkeyEngine } from './engine';

const need = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set in the environment`);
  return value;
};

run((config, agent) => {
  const { engine } = config;
  if (engine.kind !== 'valkey') throw new Error(`engine.kind must be 'valkey', got ${JSON.stringify(engine.kind)}`);
  const pod = need('POD_NAME');
  return new ValkeyEngine(
    config,
    engine,
    pod,
    agent,
    logTo((line) => process.stdout.write(line), pod),
  );
});
