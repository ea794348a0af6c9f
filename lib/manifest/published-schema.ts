import { ManifestSchema } from './manifest-schema.ts';

/**
 * The schema of the configuration as it is published for editors: the one that the parser checks by.
 *
 * @internal
 */
export function publishedSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:wasmatrix:configuration',
    title: 'wasmatrix.yaml',
    description: 'What a Wasmatrix host is to be, and what it starts.',
    // By way of JSON: the library keeps notes of its own in properties that JSON does not show.
    ...(JSON.parse(JSON.stringify(ManifestSchema)) as Record<string, unknown>),
  };
}
