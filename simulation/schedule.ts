/** An event that is due. */
interface Event {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** How many events run between two turns of Node's own event loop, in which it reports promises that nobody handled. */
const EVENTS_A_TURN = 2_000;

/** Virtual time: events happen in the order of their times, and nothing waits for the real clock. */
export class Schedule {
  /** Milliseconds since the simulation began. */
  public now = 0;
  /** Events that have happened. */
  public count = 0;
  private order = 0;
  private readonly heap: Event[] = [];

  /** Runs something at a time, or at once where that has passed; returns what cancels it. */
  public at(time: number, run: () => void): () => void {
    const event: Event = { at: Math.max(time, this.now), order: this.order++, run };
    this.push(event);
    return () => (event.run = undefined);
  }

  public after(ms: number, run: () => void): () => void {
    return this.at(this.now + ms, run);
  }

  public sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Lets everything happen until `until`, or until `stop` says so; after each event, all that awaited it goes on first. */
  public run(until: number, stop: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          if (stop()) return resolve();
          const event = this.next(until);
          if (!event) {
            this.now = Math.max(this.now, until);
            return resolve();
          }
          this.now = event.at;
          this.count++;
          event.run!();
        } catch (error) {
          return reject(error as Error);
        }
        // The queue of microtasks is empty before the next tick begins: nothing of this event is left to do then.
        if (this.count % EVENTS_A_TURN === 0) setImmediate(step);
        else queueMicrotask(() => process.nextTick(step));
      };
      setImmediate(step);
    });
  }

  private next(until: number): Event | undefined {
    for (;;) {
      const first = this.heap[0];
      if (!first) return undefined;
      if (first.run && first.at > until) return undefined;
      this.pop();
      if (first.run) return first;
    }
  }

  private push(event: Event): void {
    const { heap } = this;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (before(heap[parent]!, event)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (before(last, heap[child]!)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
