import { WasmatrixError } from './errors.ts';

/** As in `engines` of the package. */
const LEAST = [22, 18] as const;

/**
 * Whether this Node can run the library: on an older one starts would fail for reasons that say nothing.
 *
 * @param version - as `process.versions.node` tells.
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function assertNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return;
  throw new WasmatrixError(
    'INVALID_REQUEST',
    `Node ${LEAST.join('.')} or later is needed, this is ${version}`,
    { field: 'node', version },
  );
}
