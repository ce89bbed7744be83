import { OWN_PREFIX } from './labels';

/**
 * An annotation of a site's PrometheusRule: the Prometheus of the cluster that watches the site, as its namespace, or as NAMESPACE/NAME
 * with the name of its resource.
 */
export const WATCHED_BY = `${OWN_PREFIX}watched-by`;

/** The label of a site's series in a Prometheus that others share. */
export const SITE_LABEL = 'site';
