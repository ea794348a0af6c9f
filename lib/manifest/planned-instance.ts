import { invalidField } from '../core/errors.ts';
import type { GroupSpec } from '../core/group-spec.ts';
import type { InstanceSpec } from '../core/instance-spec.ts';
import type { ManifestFiles } from './manifest-files.ts';
import type { FileContent, ManifestGroup, ManifestInstance } from './manifest-schema.ts';

/**
 * An instance as the supervisor wants it, with the contents of the files that it names.
 *
 * @throws `INVALID_REQUEST` naming the field.
 */
export function plannedInstance(
  { module, wasi, ...others }: ManifestInstance,
  files: ManifestFiles,
  field: string,
): InstanceSpec {
  const spec = { ...others, module: files.path(module) } as InstanceSpec;
  if (wasi === undefined) return spec;
  const { stdin, files: initial, ...rest } = wasi;
  const read = (content: FileContent, at: string): Uint8Array => {
    if (typeof content === 'string') return new TextEncoder().encode(content);
    if ('file' in content) return files.bytes(content.file, at);
    return fromBase64(content.base64, at);
  };
  return {
    ...spec,
    wasi: {
      ...rest,
      ...(stdin === undefined ? {} : { stdin: read(stdin, `${field}.wasi.stdin`) }),
      ...(initial === undefined
        ? {}
        : {
            files: Object.fromEntries(
              Object.entries(initial).map(([path, content]) => [
                path,
                read(content, `${field}.wasi.files`),
              ]),
            ),
          }),
    },
  };
}

/** Likewise, of a group. @throws `INVALID_REQUEST` naming the field. */
export function plannedGroup(
  { children, ...others }: ManifestGroup,
  files: ManifestFiles,
  field: string,
): GroupSpec {
  return {
    ...others,
    children: children.map(({ instance, ...child }, index) => ({
      ...child,
      instance: plannedInstance(instance, files, `${field}.children[${index}].instance`),
    })),
  };
}

function fromBase64(text: string, field: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw invalidField(field, 'must be a text in base64');
  }
  return new Uint8Array(Buffer.from(text, 'base64'));
}
