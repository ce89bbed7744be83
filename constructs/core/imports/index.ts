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
