import type { LeaseRecord } from './leader';
import type { LeaseStore } from './lock';

/** The one watch of the Lease that a standby has open: once closed it tells nothing more. */
export class LeaseWatch {
  private close: (() => void) | undefined;

  public constructor(private readonly store: LeaseStore) {}

  public get isOpen(): boolean {
    return this.close !== undefined;
  }

  public begin(
    from: LeaseRecord | undefined,
    changed: (lease: LeaseRecord | undefined, deleted?: LeaseRecord) => void,
    ended: () => void,
  ): void {
    this.end();
    let open = true;
    const close = this.store.watch(
      from,
      (lease, deleted) => open && changed(lease, deleted),
      () => {
        if (!open) return;
        this.end();
        ended();
      },
    );
    this.close = () => {
      open = false;
      close();
    };
  }

  public end(): void {
    this.close?.();
    this.close = undefined;
  }
}
