import type { Mutation } from './mutation';

/** Small mistakes, each of which would lose data, availability or safety, and the tests that ought to notice. */
export const MUTATIONS: readonly Mutation[] = [];
