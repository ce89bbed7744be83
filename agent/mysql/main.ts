import { logTo } from '../log';
import { run } from '../run';
import { MySqlEngine } from './engine';

const need = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set in the environment`);
  return value;
};

run((config, agent) => {
  const { engine } = config;
  if (engine.kind !== 'mysql') throw new Error(`engine.kind must be 'mysql', got ${JSON.stringify(engine.kind)}`);
  const pod = need('POD_NAME');
  return new MySqlEngine(
    config,
    engine,
    pod,
    agent,
    logTo((line) => process.stdout.write(line), pod),
  );
});
