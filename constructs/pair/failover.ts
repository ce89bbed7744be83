import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { problem } from '../core/problems';
import { checked } from '../core/inputs/checked';

/**
 * The time that nodes and the cloud's balancer get to send traffic to another pod once they are told. By `minSyncPeriod`, kube-proxy waits
 * up to a second between two changes of its rules, and this library's cluster took 0.1 to 0.9 s in all.
 */
const DATA_PLANE_SECONDS = 1;

/** The speed of a pair's failover, made by `Heartbeat.within()`. */
@checked
export class Failover {
  /** @internal */
  public static _within(budget: Duration): Failover {
    return new Failover(budget);
  }

  /** Seconds that a Lease without a renewal belongs to its holder. Whole, as the Lease's own field is. */
  public readonly leaseSeconds: number;
  /** Milliseconds between two renewals: four in a lease. */
  public readonly renewMilliseconds: number;
  /** Milliseconds after its last good renewal at which a holder stops being active: four fifths of a lease. */
  public readonly giveUpMilliseconds: number;
  private readonly budget: number;

  private constructor(budget: Duration) {
    this.budget = budget.toMilliseconds({ integral: false });
    this.leaseSeconds = Math.max(1, Math.floor(this.budget / 1000) - DATA_PLANE_SECONDS);
    this.renewMilliseconds = this.leaseSeconds * 250;
    this.giveUpMilliseconds = this.leaseSeconds * 800;
  }

  /** @internal */
  public _check(construct: Construct, property: string): boolean {
    const seconds = this.budget / 1000;
    if (seconds >= 1 + DATA_PLANE_SECONDS && seconds <= 60 && Number.isInteger(seconds)) return true;
    const why = 'a lease has whole seconds, at least one, and traffic takes up to another to follow';
    problem(construct, property, `${seconds} s`, `${why}; write Heartbeat.within(Duration.seconds(2)), up to 60`);
    return false;
  }
}
