import * as certManagerObjects from '../../../imports/cert-manager.io';
import * as gatewayObjects from '../../../imports/gateway.networking.k8s.io';
import * as k8sObjects from '../../../imports/k8s';
import * as mysqlObjects from '../../../imports/mysql.oracle.com';
import { patchLast } from '../patches';
import * as fluxObjects from './flux';
import * as kedaObjects from './keda';
import * as prometheusObjects from './prometheus-operator';

/**
 * The objects of Kubernetes and of the add-ons that the library writes objects of: a namespace each, as `npm run imports` wrote
 * them. The library's files import them from here, which makes each namespace once and not in every file.
 */
export * as certmanager from '../../../imports/cert-manager.io';
export * as flux from './flux';
export * as gatewayapi from '../../../imports/gateway.networking.k8s.io';
export * as k8s from '../../../imports/k8s';
export * as keda from './keda';
export * as mysqloperator from '../../../imports/mysql.oracle.com';
export * as prometheusoperator from './prometheus-operator';

for (const each of [certManagerObjects, fluxObjects, gatewayObjects, k8sObjects, kedaObjects, mysqlObjects, prometheusObjects])
  patchLast(each);
