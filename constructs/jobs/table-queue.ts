import type { TableQueueProps } from './job-queue';
import type { JobWorkers } from './job-workers';
import { problem } from '../core/problems';
import { isLine } from '../core/text';
import { QueueEngine, QueuePlan } from './queue-engine';
import { inMySQL, offerOf } from './queue-database';
import { watchTable } from './table-queue-figures';

/** A name in MySQL that needs no escape between backquotes. */
const NAME = /^[A-Za-z_][A-Za-z0-9_$]{0,63}$/;

/** A queue whose jobs are rows of a table that the site's own code makes. */
export class TableQueue implements QueueEngine {
  constructor(private readonly props: TableQueueProps) {}

  public plan(workers: JobWorkers): QueuePlan | undefined {
    const { props } = this;
    this.check(workers);
    const offer = offerOf(workers, props);
    if (!offer) return undefined;
    watchTable(workers, props);
    return {
      ...inMySQL(offer, props, (queues) => this.depthQuery(queues)),
      countedBy: props.queueColumn === undefined ? undefined : 'queues',
    };
  }

  private check(workers: JobWorkers): void {
    const { table, queueColumn, failures, dueAt, where, inHand } = this.props;
    const names = { table, queueColumn, 'failures.table': failures?.table };
    for (const [property, name] of Object.entries(names))
      if (name !== undefined && !NAME.test(name))
        problem(workers, `queue.${property}`, name, 'write a name of letters, digits and underscores');
    const expressions = { dueAt, where, inHand, 'failures.where': failures?.where };
    for (const [property, text] of Object.entries(expressions))
      if (text !== undefined && (!isLine(text) || text.trim() === '' || /;|--|#|\/\*/.test(text)))
        problem(workers, `queue.${property}`, text, 'write one expression of SQL, without a comment or a semicolon');
  }

  /** Jobs in hand are counted, too: so no worker is taken away at work because it emptied the queue. */
  private depthQuery(queues: string[]): string {
    const { table, queueColumn, dueAt, where = 'TRUE' } = this.props;
    const names = queues.map((each) => `'${each}'`).join(', ');
    const named = queueColumn !== undefined && queues.length > 0 ? ` AND \`${queueColumn}\` IN (${names})` : '';
    return `SELECT COUNT(*) FROM \`${table}\` WHERE (${where}) AND (${dueAt}) <= UNIX_TIMESTAMP()${named}`;
  }
}
