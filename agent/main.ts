import { CheckedEngine } from './engine-check';
import { run } from './run';

run((config) => new CheckedEngine(config));
