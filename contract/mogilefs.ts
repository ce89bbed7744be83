/** Files and containers of a slice with MogileFS that constructs make, and that the command line looks at. */

export const DOCUMENT_ROOT = '/var/mogdata';

/** It is there on an empty volume until a check of all files has begun, which fills the volume. */
export const REFILL_MARK = `${DOCUMENT_ROOT}/refill`;

/** The container that has `mogadm` and the settings of the database. */
export const TRACKER_CONTAINER = 'tracker';

export const TRACKER_SETTINGS = '/run/mogilefs/mogilefsd.conf';
