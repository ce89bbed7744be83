/** The image of the library's own programs, where a site names no other: it has `node` on its PATH. */
export const NODE_IMAGE = 'docker.io/library/node:24-slim';
