export * from '../../../imports/kustomize.toolkit.fluxcd.io';
export * from '../../../imports/source.toolkit.fluxcd.io';
