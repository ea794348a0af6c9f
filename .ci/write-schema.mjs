// Writes the JSON Schema of wasmatrix.yaml as it is published, out of the schema that the parser checks by.
import { mkdirSync, writeFileSync } from 'node:fs';
import { publishedSchema } from '../dist/lib/manifest/published-schema.js';

const folder = new URL('../schema/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(
  new URL('wasmatrix.schema.json', folder),
  `${JSON.stringify(publishedSchema(), undefined, 2)}\n`,
);
