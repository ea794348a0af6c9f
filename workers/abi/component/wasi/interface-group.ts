import type { GuestHost } from '../../../guest.ts';
import type { HostFunction } from '../host-imports.ts';

/**
 * The interfaces of one WIT package, by `ServedInterface.key`, and their functions by WIT name. State
 * that lasts for the guest's life, such as the position in standard input, is made with it.
 *
 * @internal
 */
export type InterfaceGroup = Readonly<Record<string, Readonly<Record<string, HostFunction>>>>;

/**
 * Makes the interfaces of one package for one life of a guest.
 *
 * @internal
 */
export type InterfaceGroupFactory = (host: GuestHost) => InterfaceGroup;
