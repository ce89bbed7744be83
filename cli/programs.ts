import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program, and the arguments before one's own. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** Whether the shell has to find it. */
  readonly shell?: boolean;
}

/**
 * A program of a package: as the project has installed it, or as it is found on the PATH. Node runs it itself, as Windows has
 * only a script of the shell for it.
 */
export function programOf(packageName: string, name: string): Program {
  try {
    const file = createRequire(resolve('package.json')).resolve(`${packageName}/package.json`);
    const { bin } = JSON.parse(readFileSync(file, 'utf8')) as { bin: string | Record<string, string> };
    const path = typeof bin === 'string' ? bin : (bin[name] as string);
    return { file: process.execPath, args: [join(dirname(file), path)] };
  } catch {
    return { file: name, args: [], shell: process.platform === 'win32' };
  }
}

/** What runs a program that synthesizes a site, by the language that it is written in. */
export function interpreterOf(source: string): Program {
  const extension = extname(source);
  if (/^\.[cm]?tsx?$/.test(extension)) return programOf('tsx', 'tsx');
  if (/^\.[cm]?js$/.test(extension)) return { file: process.execPath, args: [] };
  if (extension === '.py') return { file: process.platform === 'win32' ? 'python' : 'python3', args: [] };
  if (extension === '.go') return { file: 'go', args: ['run'] };
  throw new Error(
    `'${source}' is no program that this command can run (.ts, .js, .py, .go): run it yourself, and name the folder it wrote`,
  );
}

/** Runs a program to its end, and returns what it wrote. */
export async function output(
  { file, args: first, shell = false }: Program,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { env: environment(env), maxBuffer: 1 << 26, shell };
  try {
    return (await run(file, [...first, ...args], options)).stdout;
  } catch (error) {
    const { stderr, message, code } = error as Error & { stderr?: string; code?: unknown };
    if (code === 'ENOENT') throw new Error(`there is no program '${file}': install it`, { cause: error });
    const name = file === process.execPath ? first[0] : file;
    throw new Error(`${[name, ...args].filter(Boolean).join(' ')} failed: ${withoutLog(stderr ?? '') || message}`, {
      cause: error,
    });
  }
}

/** An error of kubectl without the lines of its log: `E1129 23:58:09.901597   29875 memcache.go:265] …`, once for each try. */
export function withoutLog(text: string): string {
  const lines = text.trim().split('\n');
  const said = lines.filter((line) => !/^[IWEF]\d{4} [\d:.]+ +\d+ \S+\.go:\d+\] /.test(line));
  return (said.length > 0 ? said : lines).join('\n');
}

/** Runs a program at this terminal, and returns its exit code. */
export async function inherit({ file, args: first }: Program, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...first, ...args], { stdio: 'inherit' });
    child.on('error', () => reject(new Error(`there is no program '${file}': install it`)));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** With the programs that the project has installed: `cdk8s synth` looks for `tsx`. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const env = { ...process.env, ...more };
  const bin = resolve('node_modules', '.bin');
  // Windows calls it Path.
  const name = Object.keys(env).find((each) => each.toUpperCase() === 'PATH') ?? 'PATH';
  if (existsSync(bin)) env[name] = [bin, env[name]].filter(Boolean).join(delimiter);
  return env;
}
