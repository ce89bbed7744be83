export * from '../../../imports/pod-monitor-monitoring.coreos.com';
export * from '../../../imports/prometheus-rule-monitoring.coreos.com';
export * from '../../../imports/service-monitor-monitoring.coreos.com';
