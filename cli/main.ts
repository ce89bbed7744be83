#!/usr/bin/env node
import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { COMPLETE } from './completion';
import { Streams } from './command';
import { runProgram } from './program';

/** How the program was called: kubectl calls `kubectl-slices` for `kubectl slices`. */
const CALLED = basename(process.argv[1] ?? '').replace(/\.\w+$/, '');

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

const streams: Streams = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
};

// The reader of a pipe, such as `head`, may have seen enough.
process.stdout.on('error', () => process.exit(0));

const program = CALLED.startsWith('kubectl') ? 'kubectl slices' : 'cdk8s-slices';
const first = CALLED === 'kubectl_complete-slices' ? [COMPLETE] : [];
void runProgram(program, [...first, ...process.argv.slice(2)], streams).then((code) => {
  process.exitCode = code;
});
