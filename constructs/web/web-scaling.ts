import { k8s } from '../core/imports';
import type { WebScaling, WebTier } from './web-tier';
import { autoscale } from '../core/autoscaler';
import { checkPercent, problem } from '../core/problems';
import { MOST_ALIKE } from '../core/role';

/** The number of slices to name. An invalid floor is returned as it is, to be reported of the slices; an invalid `max` is not. */
export function mostSlices(floor: number, scaling: WebScaling | undefined): number {
  const { max = floor } = scaling ?? {};
  const legal = Number.isInteger(floor) && floor >= 1 && Number.isInteger(max) && max <= MOST_ALIKE;
  return legal ? Math.max(floor, max) : floor;
}

export function checkScaling(web: WebTier, { max, targetCpuPercent = 70 }: WebScaling, floor: number): void {
  if (max <= floor) {
    problem(web, 'scaling.max', max, `write more than the ${floor} slices that there always are`);
  } else if (!Number.isInteger(max) || max > MOST_ALIKE) {
    problem(web, 'scaling.max', max, `write a whole number up to ${MOST_ALIKE}`);
  }
  checkPercent(web, 'scaling.targetCpuPercent', targetCpuPercent);
}

export function addAutoscaler(
  web: WebTier,
  { max, targetCpuPercent = 70 }: WebScaling,
  floor: number,
): k8s.KubeHorizontalPodAutoscalerV2 {
  const bounds = { min: floor, max, percent: targetCpuPercent };
  return autoscale(web.chart, 'autoscaler', web._metadata(web.name), bounds);
}
