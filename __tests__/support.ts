import { App, Testing } from 'cdk8s';
import { Construct } from 'constructs';
import { Site } from '../constructs';

/** An object as Kubernetes gets it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Manifest = any;

export function newSite(name = 'dfw'): Site {
  return new Site(Testing.app(), name, { domain: 'example.org' });
}

/** Every object of the app that a construct belongs to, in the order of the files of dist. */
export function synth(construct: Construct): Manifest[] {
  return App.of(construct).charts.flatMap((chart) => chart.toJson());
}

export function find(objects: Manifest[], kind: string, name: string): Manifest {
  const found = objects.filter((each) => each.kind === kind && each.metadata.name === name);
  if (found.length !== 1) {
    const names = objects.filter((each) => each.kind === kind).map((each) => each.metadata.name);
    throw new Error(`${found.length} objects of kind ${kind} are called ${name}; there are ${names.join(', ')}`);
  }
  return found[0];
}

export function ofKind(objects: Manifest[], kind: string): Manifest[] {
  return objects.filter((each) => each.kind === kind);
}

/** What `cdk8s synth` prints of the app's problems, a line each. */
export function problems(construct: Construct): string[] {
  try {
    App.of(construct).synth();
    return [];
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}
