/** As callers may write it: with the first parts of its version or none, and its one function or not. */
const WRITTEN = /^wasi:http\/incoming-handler(?:@0(?:\.2(?:\.\d{1,9})?)?)?(?:#handle)?$/;
/** As a component exports it. */
const EXPORTED = /^wasi:http\/incoming-handler@0\.2\.\d{1,9}#handle$/;
const FUNCTION = '#handle';

/**
 * Whether an export, by its name in full, answers HTTP requests.
 *
 * @internal
 */
export function isRequestHandler(exportName: string): boolean {
  return EXPORTED.test(exportName);
}

/**
 * The function that a caller means who may have written only the interface of the handler of requests.
 *
 * @returns undefined for every other name.
 * @internal
 */
export function writtenRequestHandler(exportName: string): string | undefined {
  if (!WRITTEN.test(exportName)) return undefined;
  return exportName.endsWith(FUNCTION) ? exportName : `${exportName}${FUNCTION}`;
}
