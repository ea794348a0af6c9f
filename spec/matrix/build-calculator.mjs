// Makes a component of calculator.js with one of two engines: node build-calculator.mjs ENGINE TARGET.
// In a process of its own, because these tools end the whole process when they fail.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const [engine, target] = process.argv.slice(2);
const source = readFileSync(new URL('calculator.js', import.meta.url), 'utf8');
const witPath = fileURLToPath(new URL('calculator.wit', import.meta.url));

async function starlingMonkey() {
  const { filesystem } = await import('@bytecodealliance/preview2-shim');
  const { componentize } = await import('@bytecodealliance/componentize-js');
  // The tool reads the WIT by the shim, which shows nothing of the disk unless it is told to.
  filesystem._setPreopens({ '/': '/' });
  return componentize(source, { witPath, worldName: 'calculator' });
}

async function quickJs() {
  const { componentize } = await import('componentize-qjs');
  return componentize({
    witPath,
    jsSource: source,
    world: 'calculator',
    sync: true,
    optSize: true,
  });
}

const { component } = await (engine === 'componentize-js' ? starlingMonkey() : quickJs());
mkdirSync(dirname(target), { recursive: true });
writeFileSync(`${target}.part`, component);
renameSync(`${target}.part`, target);
process.exit(0);
