import { Size } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { BlobEngine } from './blob-engine';
import { CommonProps } from '../core/common-props';
import { OpenPort, allow } from '../core/network';
import { Binding } from '../core/binding';
import { problem, wholeMebibytes } from '../core/problems';
import { runOnSlices } from '../core/workload';
import { Role } from '../core/role';
import { checked } from '../core/inputs/checked';

/** Below this an engine's programs leave nothing to work with (docs/blob-store.md). */
const LEAST_MEBIBYTES = 128;

/** Properties for `BlobStore`. */
export interface BlobStoreProps extends CommonProps {
  /** RAM of one slice. At least 128 MiB. */
  readonly ram: Size;

  /** The engine that keeps the files: `BlobEngine.mogileFs({ database: db })`. */
  readonly engine: BlobEngine;

  /**
   * How many slices. Every file is on two of them, so fewer than two is an error.
   *
   * @default 2
   */
  readonly slices?: number;

  /**
   * The volume of each slice. A volume outlives its pod; how it grows later is up to its storage class.
   *
   * @default Size.gibibytes(20)
   */
  readonly storage?: Size;
}

/** Files kept on two slices each: losing a slice loses no file. */
@checked
export class BlobStore extends Role {
  /** The StatefulSet of the slices. */
  public readonly statefulSet: k8s.KubeStatefulSet;
  /** The Job that registers the slices with the engine. It can be run again at any time. */
  public readonly setUpJob: k8s.KubeJob;
  /** The CronJob that has MogileFS check all files; none where the engine does so by itself. */
  public readonly checks: k8s.KubeCronJob | undefined;
  /** @internal */
  public readonly _fetchPorts: OpenPort[];
  /** @internal */
  public readonly _fetchFrom: string;
  private readonly offer: Binding;

  constructor(scope: Construct, id: string, props: BlobStoreProps) {
    super(scope, id, { ...props, slices: props.slices ?? 2 });
    this._checkRam(LEAST_MEBIBYTES, 'its programs take half of that');
    if (props.slices === 1) {
      problem(this, 'slices', props.slices, 'every file is on two slices; write 2 or more');
    }
    const storage = wholeMebibytes(this, 'storage', props.storage ?? Size.gibibytes(20));
    const plan = props.engine._implementation.plan(this, this._mebibytes, storage * 1024 * 1024);
    this.statefulSet = runOnSlices(this, {
      ...plan.workload,
      claims: [{ name: 'blobs', mebibytes: storage }],
    });
    allow(this, this, plan.peerPorts);
    this.setUpJob = plan.setUp();
    this.checks = plan.check?.();
    this.offer = plan.offer;
    this._fetchPorts = plan.fetchPorts;
    this._fetchFrom = plan.fetchFrom;
  }

  /** @internal */
  public override _binding(): Binding {
    return this.offer;
  }
}
