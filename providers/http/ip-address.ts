import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * An IP address, taken from text.
 *
 * @internal
 */
export interface IpAddress {
  /** 4 or 16 of them. */
  readonly bytes: readonly number[];
  /** One form for each destination: shortest notation, IPv4 if it is IPv4 mapped into IPv6, no zone. */
  readonly text: string;
}

/**
 * Reads an address in its usual notation, with a zone or without; the odd notations of IPv4 (octal,
 * hexadecimal, fewer than four parts) are no addresses here.
 *
 * @returns undefined for anything else.
 * @internal
 */
export function parseAddress(text: string): IpAddress | undefined {
  if (isIP(text) === 0) return undefined;
  const [bare = ''] = text.split('%', 1);
  return addressOf(ipaddr.parse(bare).toByteArray());
}

/**
 * The address that some bytes make.
 *
 * @param bytes - 4 or 16.
 * @internal
 */
export function addressOf(bytes: readonly number[]): IpAddress {
  const address = ipaddr.fromByteArray([...bytes]);
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  return { bytes, text: (isMapped ? address.toIPv4Address() : address).toString() };
}

/**
 * A network, by which addresses can be asked whether they belong to it.
 *
 * @param cidr - for example `10.0.0.0/8`.
 * @internal
 */
export function network(cidr: string): (address: IpAddress) => boolean {
  const [base, bits] = ipaddr.parseCIDR(cidr);
  const size = base.toByteArray().length;
  return ({ bytes }) => bytes.length === size && ipaddr.fromByteArray([...bytes]).match(base, bits);
}
