import type { QueryTarget } from '../../contract/exporter-config';
import { MySqlClient, Row } from '../mysql/client';
import { quoted } from './server';

/** Within Prometheus' ten seconds: connecting, and each statement. */
const TIMEOUT_MS = 4_000;

export async function queryFigures(queries: QueryTarget, environment: NodeJS.ProcessEnv): Promise<string> {
  const { host, port, user, userVariable = '', passwordVariable, database, statement } = queries;
  const client = await MySqlClient.connect({
    host,
    port,
    user: user ?? environment[userVariable] ?? '',
    password: environment[passwordVariable] ?? '',
    timeoutMs: TIMEOUT_MS,
  });
  try {
    await client.query(`USE \`${database}\``);
    return exposed(await client.query(statement), queries);
  } finally {
    client.close();
  }
}

/** Each row, with its labels; a figure that is NULL is none. */
export function exposed(rows: readonly Row[], { prefix, labels }: Pick<QueryTarget, 'prefix' | 'labels'>): string {
  return rows
    .flatMap((row) => {
      const told = labels.map((label) => `${label}=${quoted(row[label] ?? '')}`).join(',');
      const figures = Object.entries(row).filter(([column, value]) => !labels.includes(column) && value !== null);
      return figures.map(([column, value]) => `${prefix}_${column}${told && `{${told}}`} ${value}\n`);
    })
    .join('');
}
