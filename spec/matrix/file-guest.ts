import { openContext } from '../../workers/abi/wasi/bind-wasi.ts';
import { GuestFate } from '../../workers/abi/wasi/guest-fate.ts';
import { FileNode } from '../../workers/abi/wasi/nodes.ts';
import { preview1Imports } from '../../workers/abi/wasi/preview1-imports.ts';
import { GuestExit } from '../../workers/guest-failure.ts';
import { recordingHost } from '../workers/wasi-preview1-host.ts';

/**
 * The file that a command leaves behind: it is gone with the life of an instance, so this runs the same
 * host without a thread around it.
 */
export function fileLeftBy(
  bytes: Uint8Array<ArrayBuffer>,
  args: readonly string[],
  name: string,
): Uint8Array {
  const context = openContext(recordingHost({ args }));
  const module = new WebAssembly.Module(bytes);
  const imports = preview1Imports(module, context, new GuestFate());
  const { exports } = new WebAssembly.Instance(module, imports);
  context.memory.attach(exports['memory']);
  try {
    (exports['_start'] as () => void)();
  } catch (error) {
    if (!(error instanceof GuestExit) || error.exitCode !== 0) throw error;
  }
  const node = context.files.root.get(name);
  if (!(node instanceof FileNode)) throw new Error(`the guest left no file ${name}`);
  const content = new Uint8Array(node.size);
  node.content.read(content, 0);
  return content;
}
