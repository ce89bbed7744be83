import { parseAgentConfig } from '../contract/agent-config';
import { parseExporterConfig } from '../contract/exporter-config';
import { Manifest, ofKind } from './support';

/** Files of ConfigMaps, by the program beside them that reads them, and that program's own parser. */
const PARSERS: Record<string, (json: string) => unknown> = {
  'exporter.js': parseExporterConfig,
  'heartbeat.js': parseAgentConfig,
};

/** Rules about the configurations that the library's own programs read. */
export const CONFIGURATION_INVARIANTS: Record<string, (objects: Manifest[]) => void> = {
  'each program takes the configuration that is mounted beside it'(objects) {
    for (const { metadata, data } of ofKind(objects, 'ConfigMap')) {
      if (data?.['config.json'] === undefined) continue;
      const programs = Object.keys(data).filter((file) => file !== 'config.json');
      expect([metadata.name, programs]).toEqual([metadata.name, [expect.stringMatching(/\.js$/)]]);
      const parse = PARSERS[programs[0]!];
      if (!parse) throw new Error(`${metadata.name}: no parser of ${programs[0]} is known here`);
      expect(parse(data['config.json'])).toEqual(JSON.parse(data['config.json']));
    }
  },
};
