import { bytesText } from '../core/bytes-text.ts';
import { resolveLimits } from '../core/limits.ts';
import type { ExportFact, ImportFact } from './admitted-module.ts';
import { HOST_FUNCTION_MODULE } from './extism-modules.ts';
import type { MemoryFact, ModuleInfo, ModuleProducer, TableFact } from './module-info.ts';

/** Whatever could move the cursor or hide what follows; names are chosen by the module. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

const DEFAULT_LIMITS = resolveLimits(undefined);

type Row = readonly [label: string, text: string];

/**
 * What `inspectModule` found out, for people: one fact a line, in aligned columns.
 *
 * @public
 */
export function moduleReport(info: ModuleInfo): string {
  const { producers, memories, tables, features, imports, exports, refusals } = info;
  const rows: Row[] = [
    ['abi', `${info.abi}, a ${info.life}`],
    ['size', bytesText(info.sizeBytes)],
    ['sha256', info.sha256],
    ...listed('language', producers.languages.map(producerText)),
    ...listed('tools', producers.tools.map(producerText)),
    ...listed('sdk', producers.sdks.map(producerText)),
    ...listed('memories', memories.map(memoryText)),
    ...listed('tables', tables.map(tableText)),
    ...(features.length === 0 ? [] : [['features', features.join(', ')] as const]),
    ...listed('limits', limitTexts(info.leastLimits)),
    ['calls', callsText(info)],
    ...listed('imports', importTexts(imports)),
    ...listed('exports', exportTexts(exports)),
    ...(refusals.length === 0 ? [['admitted', 'yes'] as const] : []),
    ...listed('refused', refusals.map(refusalText)),
  ];
  const width = widthOf(rows.map(([label]) => label));
  return `${rows.map(([label, text]) => `${label.padEnd(width)}  ${printable(text)}`).join('\n')}\n`;
}

/** What an instance has to be given, because the defaults do not do. */
function limitTexts(least: ModuleInfo['leastLimits']): string[] {
  return (['memoryBytes', 'tableEntries'] as const)
    .filter((limit) => least[limit] > DEFAULT_LIMITS[limit])
    .map((limit) => {
      const fallback = DEFAULT_LIMITS[limit];
      return `needs limits.${limit} of at least ${least[limit]}, the default is ${fallback}`;
    });
}

function callsText({ abi, capabilities, imports }: ModuleInfo): string {
  if (abi === 'wapc') return 'what it names when it calls';
  const isMapped =
    abi === 'extism' && imports.some(({ module }) => module === HOST_FUNCTION_MODULE);
  const called = isMapped
    ? [...capabilities, 'what its host functions are mapped to']
    : capabilities;
  return called.length === 0 ? 'no provider' : called.join(', ');
}

/** The label stands before the first of the texts only. */
function listed(label: string, texts: readonly string[]): Row[] {
  return texts.map((text, index) => [index === 0 ? label : '', text]);
}

function producerText({ name, version }: ModuleProducer): string {
  return version === '' ? name : `${name} ${version}`;
}

function memoryText({ minimumPages, maximumPages, is64, isShared }: MemoryFact): string {
  return limitsText('pages', minimumPages, maximumPages, [is64 && '64-bit', isShared && 'shared']);
}

function tableText({ minimumEntries, maximumEntries, is64 }: TableFact): string {
  return limitsText('entries', minimumEntries, maximumEntries, [is64 && '64-bit']);
}

function limitsText(
  unit: string,
  minimum: number,
  maximum: number | undefined,
  traits: readonly (string | false)[],
): string {
  const most = maximum === undefined ? 'no maximum' : `at most ${maximum}`;
  return [`${minimum} ${unit}`, most, ...traits.filter((trait) => trait !== false)].join(', ');
}

function importTexts(imports: readonly ImportFact[]): string[] {
  const names = imports.map(({ module, name }) => (module === '' ? name : `${module} ${name}`));
  const width = widthOf(names);
  return imports.map(({ kind, needs, mayNeed }, index) => {
    const what = kind === 'function' ? '' : `  ${kind}`;
    const text = (names[index] ?? '') + what;
    return needs === undefined ? text : `${text.padEnd(width)}  ${needsText(needs, mayNeed)}`;
  });
}

function needsText(needs: string, mayNeed: string | undefined): string {
  const where = needs.startsWith('config.') ? ' of an assignment' : '';
  return `needs ${needs}${where}${mayNeed === undefined ? '' : `, to remove ${mayNeed}`}`;
}

function exportTexts(exports: readonly ExportFact[]): string[] {
  const width = widthOf(exports.map(({ name }) => name));
  return exports.map(({ name, kind, params = [], results = [] }) => {
    const type = kind === 'function' ? `(${params.join(', ')}) -> (${results.join(', ')})` : kind;
    return `${name.padEnd(width)}  ${type}`;
  });
}

function refusalText({ code, message, isolation }: ModuleInfo['refusals'][number]): string {
  const where = isolation === undefined ? '' : " (not with isolation: 'process')";
  return `${code}  ${message}${where}`;
}

/** Absurdly long names stand out of the column instead of moving it. */
function widthOf(names: readonly string[]): number {
  const most = 60;
  return names.reduce(
    (widest, { length }) => (length > most ? widest : Math.max(widest, length)),
    0,
  );
}

function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
