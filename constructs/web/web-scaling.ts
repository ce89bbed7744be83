import { k8s } from '../core/imports';
import type { WebScaling, WebTier } from './web-tier';
import { autoscale } from '../core/autoscaler';
import { checkPercent, problem } from '../core/problems';

/** As many slices as any role may have. */
const MOST_SLICES = 99;

/** For how many slices there are names. Where the floor is none, it is what is to be said of the slices; a ceiling that is none is not. */
export function mostSlices(floor: number, scaling: WebScaling | undefined): number {
  const { ceiling = floor } = scaling ?? {};
  const legal = Number.isInteger(floor) && floor >= 1 && Number.isInteger(ceiling) && ceiling <= MOST_SLICES;
  return legal ? Math.max(floor, ceiling) : floor;
}

export function checkScaling(web: WebTier, { ceiling, targetCpuPercent = 70 }: WebScaling, floor: number): void {
  if (ceiling <= floor) {
    problem(web, 'scaling.ceiling', ceiling, `write more than the ${floor} slices that there always are`);
  } else if (!Number.isInteger(ceiling) || ceiling > MOST_SLICES) {
    problem(web, 'scaling.ceiling', ceiling, `write a whole number up to ${MOST_SLICES}`);
  }
  checkPercent(web, 'scaling.targetCpuPercent', targetCpuPercent);
}

export function addAutoscaler(
  web: WebTier,
  { ceiling, targetCpuPercent = 70 }: WebScaling,
  floor: number,
): k8s.KubeHorizontalPodAutoscalerV2 {
  const bounds = { min: floor, max: ceiling, percent: targetCpuPercent };
  return autoscale(web.chart, 'autoscaler', web._metadata(web.name), bounds);
}
