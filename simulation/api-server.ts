import type { Json } from '../agent/kube';
import type { Random } from './random';
import type { Schedule } from './schedule';

/** An object as the API server keeps it. */
export type KubeObject = Json & { readonly metadata: Json };

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: Json | undefined;
  readonly contentType: string;
}

export interface Response {
  readonly status: number;
  readonly body: Json;
}

/** A watch of one object by its name, or of all in a collection. */
interface Watcher {
  readonly collection: string;
  readonly name: string | undefined;
  readonly heard: (type: string, object: Json) => void;
  readonly ended: () => void;
  /** It tells nothing more, and does not end either. */
  dead: boolean;
}

interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly object: KubeObject;
}

/** Changes that a watch may still begin with. */
const HISTORY = 200;

/** The objects of the Kubernetes API with optimistic concurrency and watches, as far as agents see them. */
export class ApiServer {
  /** Called for each change, with the object before it. */
  public onChange: (path: string, after: KubeObject | undefined, before: KubeObject | undefined) => void = () =>
    undefined;
  /** It answers nothing before this time, and then everything that was asked. */
  public stalledUntil = 0;
  /** How much longer than usual each answer takes, in milliseconds. */
  public slowByMs = 0;
  /** The share of the requests that it answers with an error, done or not. */
  public errors = 0;
  private version = 100;
  private uids = 0;
  private readonly objects = new Map<string, KubeObject>();
  private readonly watchers = new Set<Watcher>();
  private readonly history: Change[] = [];

  public constructor(
    private readonly schedule: Schedule,
    private readonly random: Random,
  ) {}

  /** Answers a request when it comes to that. */
  public receive(request: Request, answer: (response: Response) => void): void {
    const stall = Math.max(0, this.stalledUntil - this.schedule.now);
    this.schedule.after(stall + this.random.between(1, 6) + this.slowByMs * this.random.next(), () => {
      if (!this.random.chance(this.errors)) return answer(this.handle(request));
      // 504 may come after the request was done.
      if (this.random.chance(0.3)) this.handle(request);
      answer(failure(this.random.pick([500, 503, 504, 429]), 'the api server is in trouble'));
    });
  }

  public handle({ method, path: asked, body, contentType }: Request): Response {
    const path = asked.replace(/\/status$/, '');
    const found = this.objects.get(path);
    switch (method) {
      case 'GET':
        return found ? { status: 200, body: found } : failure(404, `${path} not found`);
      case 'PUT':
        return this.put(path, found, body as KubeObject);
      case 'PATCH':
        return contentType.includes('apply')
          ? this.apply(path, found, body as KubeObject)
          : this.merge(path, found, body as KubeObject);
      case 'POST':
        return this.post(path, body as KubeObject);
      case 'DELETE':
        if (!found) return failure(404, `${path} not found`);
        this.store(path, undefined);
        return { status: 200, body: found };
      default:
        throw new Error(`the modelled API server does not know ${method}`);
    }
  }

  public get(path: string): KubeObject | undefined {
    return this.objects.get(path);
  }

  /** Changes an object as a controller does, whatever its version. */
  public edit(path: string, change: (object: KubeObject) => Json | undefined): void {
    const found = this.objects.get(path);
    if (!found) return;
    const after = change(structuredClone(found));
    this.store(path, after as KubeObject | undefined);
  }

  public create(path: string, object: KubeObject): void {
    this.store(path, object);
  }

  /** Tells the changes of one object since a version; without a version, what there is. Returns what closes the watch. */
  public watch(
    collection: string,
    name: string | undefined,
    since: number | undefined,
    heard: (type: string, object: Json) => void,
    ended: () => void,
  ): () => void {
    const watcher: Watcher = { collection, name, heard, ended, dead: false };
    const concerns = (path: string, object: KubeObject) =>
      path === collection && (name === undefined || object.metadata['name'] === name);
    if (since === undefined) {
      for (const [path, object] of this.objects)
        if (concerns(path.slice(0, path.lastIndexOf('/')), object)) heard('ADDED', object);
    } else {
      if (this.history[0] && since + 1 < this.history[0].version && this.history.length >= HISTORY)
        heard('ERROR', { code: 410 });
      for (const change of this.history)
        if (change.version > since && concerns(change.collection, change.object)) heard(change.type, change.object);
    }
    this.watchers.add(watcher);
    // The API server ends each watch by itself some time.
    const end = this.schedule.after(this.random.between(150_000, 300_000), () => {
      if (this.watchers.delete(watcher) && !watcher.dead) ended();
    });
    return () => {
      end();
      this.watchers.delete(watcher);
    };
  }

  /** Ends every watch, or makes those of the Lease silent. */
  public endWatches(silently: boolean): void {
    for (const watcher of this.watchers) {
      if (silently) watcher.dead ||= watcher.collection.endsWith('/leases');
      else {
        this.watchers.delete(watcher);
        if (!watcher.dead) watcher.ended();
      }
    }
  }

  private put(path: string, found: KubeObject | undefined, body: KubeObject): Response {
    const { resourceVersion, uid } = body.metadata;
    const isLease = path.includes('/leases/');
    if (!found) {
      // A Lease may be made by a PUT, whatever version it names, but not in place of one that had another uid (measured on 1.36).
      if (!isLease) return failure(404, `${path} not found`);
      if (uid !== undefined) return failure(409, 'Precondition failed: UID in precondition');
      return this.invalid(path, body) ?? this.stored(path, body, 201);
    }
    if (uid !== undefined && uid !== found.metadata['uid'])
      return failure(409, 'Precondition failed: UID in precondition');
    if (isLease && resourceVersion === undefined)
      return failure(422, 'metadata.resourceVersion: must be specified for an update');
    if (resourceVersion !== undefined && resourceVersion !== found.metadata['resourceVersion'])
      return failure(409, 'the object has been modified');
    return this.invalid(path, body) ?? this.stored(path, body, 200);
  }

  private apply(path: string, found: KubeObject | undefined, body: KubeObject): Response {
    const { resourceVersion, uid } = body.metadata;
    if (!found) {
      // What is applied is made, whatever version it names (measured on 1.36).
      if (uid !== undefined) return failure(409, 'Precondition failed');
      return this.stored(path, body, 201);
    }
    if (resourceVersion !== undefined && resourceVersion !== found.metadata['resourceVersion'])
      return failure(409, 'the object has been modified');
    if (uid !== undefined && uid !== found.metadata['uid']) return failure(409, 'Precondition failed');
    if (!path.includes('force=true') && JSON.stringify(found['endpoints']) !== JSON.stringify(body['endpoints']))
      return failure(409, 'Apply failed with 1 conflict');
    return this.stored(path, { ...found, ...body, metadata: { ...found.metadata, ...body.metadata } }, 200);
  }

  private merge(path: string, found: KubeObject | undefined, body: KubeObject): Response {
    if (!found) return failure(404, `${path} not found`);
    const version = body.metadata?.['resourceVersion'];
    if (version !== undefined && version !== found.metadata['resourceVersion'])
      return failure(409, 'the object has been modified');
    return this.stored(path, merged(found, body) as KubeObject, 200);
  }

  private post(collection: string, body: KubeObject): Response {
    const path = `${collection}/${String(body.metadata['name'])}`;
    if (this.objects.has(path)) return failure(409, `${path} already exists`);
    // Events are kept for nobody here.
    if (collection.endsWith('/events')) {
      this.onChange(path, body, undefined);
      return { status: 201, body };
    }
    return this.stored(path, body, 201);
  }

  private invalid(path: string, body: KubeObject): Response | undefined {
    if (!path.includes('/leases/')) return undefined;
    const spec = (body['spec'] ?? {}) as Json;
    if (spec['holderIdentity'] === '') return failure(422, 'spec.holderIdentity: must not be empty');
    if (!(Number(spec['leaseDurationSeconds'] ?? 1) > 0)) return failure(422, 'spec.leaseDurationSeconds: must be > 0');
    if (!(Number(spec['leaseTransitions'] ?? 0) >= 0)) return failure(422, 'spec.leaseTransitions: must be >= 0');
    return undefined;
  }

  private stored(path: string, body: KubeObject, status: number): Response {
    return { status, body: this.store(path, body)! };
  }

  private store(request: string, object: KubeObject | undefined): KubeObject | undefined {
    const path = request.split('?')[0]!;
    const before = this.objects.get(path);
    const version = ++this.version;
    const collection = path.slice(0, path.lastIndexOf('/'));
    if (object) {
      const uid = before?.metadata['uid'] ?? `uid-${++this.uids}`;
      // What cannot be written as JSON is gone, as on the wire.
      const text = JSON.stringify({
        ...object,
        metadata: { ...object.metadata, uid, resourceVersion: String(version) },
      });
      const stored = JSON.parse(text) as KubeObject;
      this.objects.set(path, stored);
      this.tell({ version, type: before ? 'MODIFIED' : 'ADDED', collection, object: stored });
    } else {
      this.objects.delete(path);
      const last = { ...before!, metadata: { ...before!.metadata, resourceVersion: String(version) } };
      this.tell({ version, type: 'DELETED', collection, object: last });
    }
    this.onChange(path, this.objects.get(path), before);
    return this.objects.get(path);
  }

  private tell(change: Change): void {
    this.history.push(change);
    if (this.history.length > 2 * HISTORY) this.history.splice(0, HISTORY);
    for (const watcher of this.watchers) {
      if (watcher.dead || watcher.collection !== change.collection) continue;
      if (watcher.name === undefined || watcher.name === change.object.metadata['name'])
        watcher.heard(change.type, change.object);
    }
  }
}

function failure(status: number, message: string): Response {
  return { status, body: { kind: 'Status', status: 'Failure', message, code: status } };
}

/** A merge patch: null removes. */
function merged(found: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(found as Json | undefined) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
