/** What the Job of a migration and the program that tells of its end know of each other. */

/** The container that runs the command. */
export const COMMAND_CONTAINER = 'migrate';

/** The key of the ConfigMap that slices wait for. */
export const DONE_KEY = 'done';
