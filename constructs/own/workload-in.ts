import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { problem } from '../core/problems';

const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'];

/**
 * The one object in a construct that has pods. That of a cdk8s-plus construct is its default child, whatever else it has made.
 *
 * An object that is named itself may be of any kind, as operators have workloads of their own.
 */
export function workloadIn(reporter: Construct, workload: IConstruct): ApiObject | undefined {
  if (ApiObject.isApiObject(workload)) return workload;
  if (workload.node.defaultChild) return workloadIn(reporter, workload.node.defaultChild);
  const objects = workload.node.findAll().filter((each) => ApiObject.isApiObject(each));
  const found = objects.filter(({ kind }) => KINDS.includes(kind));
  if (found.length === 1) return found[0];
  const names = found.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  const instead = names ? `it has ${names}; name one of these objects` : `it has none of ${KINDS.join(', ')}; name one`;
  problem(reporter, 'workload', workload.node.path, instead);
  return undefined;
}
