export * from '../../../imports/scaled-object-keda.sh';
export * from '../../../imports/trigger-authentication-keda.sh';
