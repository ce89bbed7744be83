import { logTo } from '../log';
import { run } from '../run';
import type { MySqlConfig } from './engine';
import { MySqlEngine } from './engine';

const need = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set in the environment`);
  return value;
};

run((config, agent) => {
  if (config.engine.kind !== 'mysql') throw new Error(`engine.kind must be mysql, got ${config.engine.kind}`);
  const settings = config.engine as unknown as MySqlConfig;
  const pod = need('POD_NAME');
  return new MySqlEngine(
    config,
    settings,
    pod,
    agent,
    logTo((line) => process.stdout.write(line), pod),
  );
});
