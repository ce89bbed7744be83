import { ApiObject, JsonPatch } from 'cdk8s';
import { k8s } from '../core/imports';
import { isPatchedTyped } from '../core/patches';

/**
 * Changes the pods of an object that someone else made. Patches of an object whose class the user has imported are applied before it is
 * written, where ports and quantities are still objects. Patches of any other see plain values.
 */
export class PodPatch {
  private readonly typed: boolean;

  constructor(private readonly owner: ApiObject) {
    this.typed = isPatchedTyped(owner);
  }

  public set(path: string, value: unknown): void {
    this.owner.addJsonPatch(JsonPatch.add(`/spec/template/spec/${path}`, value));
  }

  /** Puts items at a place of a list that has `present` items already, or makes the list. */
  public insert(list: string, present: number, items: object[], at: number): void {
    if (present === 0) this.set(list, items);
    else items.forEach((item, index) => this.set(`${list}/${at + index}`, item));
  }

  public quantity(text: string): unknown {
    return this.typed ? { value: text } : text;
  }

  public container(container: k8s.Container): object {
    return this.typed ? container : (k8s.toJson_Container(container) ?? {});
  }

  public volume(volume: k8s.Volume): object {
    return this.typed ? volume : (k8s.toJson_Volume(volume) ?? {});
  }

  public hook(hook: k8s.LifecycleHandler): object {
    return this.typed ? hook : (k8s.toJson_LifecycleHandler(hook) ?? {});
  }
}
