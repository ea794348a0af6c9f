import { camelCase } from './js-label.ts';

/** `interface@version#function`, or a function outside any interface. */
const EXPORT_NAME = /^(?:([^@#]+)(?:@([^#]+))?#)?(.+)$/s;

/** What a resource's function is for: `[method]` and the like, which have no other spelling. */
const ROLE = /^(?:\[[a-z-]+\])?/;

/** The other spelling of a function's name: each label of it as jco writes it. */
function spelledForJs(functionName: string): string {
  const [role] = ROLE.exec(functionName) as RegExpExecArray;
  return role + functionName.slice(role.length).split('.').map(camelCase).join('.');
}

/** Whether the parts of the version that is asked for are the first of an export's. */
function isVersionWithin(version: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || version === wanted || version?.startsWith(`${wanted}.`) === true;
}

/**
 * The exports of a component that a caller can mean by a name: the one of that very name, or else those
 * whose function is called so, or else is called so in camel case, in an interface whose version is left
 * out or begins with the one that is asked for.
 *
 * @param names - of the functions that are exported, in full.
 * @returns more than one where the name does not tell which.
 * @internal
 */
export function exportsMeantBy(names: Iterable<string>, wanted: string): readonly string[] {
  const [, wantedInterface, wantedVersion, wantedFunction] = EXPORT_NAME.exec(wanted) ?? [];
  const alike: string[] = [];
  const alikeInJs: string[] = [];
  for (const name of names) {
    if (name === wanted) return [name];
    const [, interfaceName, version, functionName] = EXPORT_NAME.exec(name) ?? [];
    if (interfaceName !== wantedInterface || functionName === undefined) continue;
    if (!isVersionWithin(version, wantedVersion)) continue;
    if (functionName === wantedFunction) alike.push(name);
    else if (spelledForJs(functionName) === wantedFunction) alikeInJs.push(name);
  }
  return alike.length > 0 ? alike : alikeInJs;
}

/**
 * Says which exports a name can mean that means more than one.
 *
 * @internal
 */
export function ambiguity(shown: string, meant: readonly string[]): string {
  const [first, second] = meant;
  const more = meant.length > 2 ? ', among others' : '';
  return `"${shown}" can mean "${first?.slice(0, 200)}" and "${second?.slice(0, 200)}"${more}`;
}
