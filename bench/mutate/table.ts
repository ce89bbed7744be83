import { AGENT_MUTATIONS } from './agent-table';
import { MANIFEST_MUTATIONS } from './manifest-table';
import type { Mutation } from './mutation';
import { MYSQL_MUTATIONS } from './mysql-table';

/** Small mistakes, each of which would lose data, availability or safety, and the tests that ought to notice. */
export const MUTATIONS: readonly Mutation[] = [...AGENT_MUTATIONS, ...MYSQL_MUTATIONS, ...MANIFEST_MUTATIONS];
