import { AssignmentRegistry } from './assignment-registry.ts';
import { CapabilityDesk, type DeskParts } from './capability-desk.ts';
import { LinkTable } from './link-table.ts';
import { ProviderDirectory, type ProviderDirectoryParts } from './provider-directory.ts';

/** The desk and the providers of one node, which share the books of what has been assigned. */
export function newCapabilities(
  parts: Omit<ProviderDirectoryParts, keyof DeskParts> &
    Pick<DeskParts, 'facts' | 'areCallsRecorded' | 'measures' | 'trace'>,
): { readonly providers: ProviderDirectory; readonly desk: CapabilityDesk } {
  const books = { registry: new AssignmentRegistry(), links: new LinkTable() };
  const providers = new ProviderDirectory({ ...parts, ...books });
  return { providers, desk: new CapabilityDesk({ ...parts, ...books, providers }) };
}
