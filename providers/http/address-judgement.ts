import { addressOf, type IpAddress, network, parseAddress } from './ip-address.ts';

/**
 * Who may connect to an address: whoever may make requests; who holds `http:private` as well; nobody.
 *
 * @internal
 */
export type Judgement = 'public' | 'private' | 'forbidden';

/**
 * Judges an address.
 *
 * @internal
 */
export type Judge = (address: string) => Judgement;

/**
 * The first network that an address belongs to decides. What is not listed is public in IPv4 and
 * forbidden in IPv6, where all that is routed has a row of its own. Documentation networks belong to
 * nobody, so a host there can only be a mistake or a trick: forbidden.
 */
const NETWORKS = (
  [
    ['255.255.255.255/32', 'forbidden'],
    // This host: connects to loopback.
    ['0.0.0.0/8', 'private'],
    ['10.0.0.0/8', 'private'],
    // Shared by carriers' customers.
    ['100.64.0.0/10', 'private'],
    ['127.0.0.0/8', 'private'],
    // Link-local; cloud metadata services live here.
    ['169.254.0.0/16', 'private'],
    ['172.16.0.0/12', 'private'],
    // Protocol assignments, among them the addresses of a NAT64 host.
    ['192.0.0.0/24', 'private'],
    ['192.0.2.0/24', 'forbidden'],
    // AS112, AMT and the retired 6to4 relays answer for whoever is near: nobody's public host.
    ['192.31.196.0/24', 'private'],
    ['192.52.193.0/24', 'private'],
    ['192.88.99.0/24', 'private'],
    ['192.168.0.0/16', 'private'],
    ['192.175.48.0/24', 'private'],
    // Benchmarking.
    ['198.18.0.0/15', 'private'],
    ['198.51.100.0/24', 'forbidden'],
    ['203.0.113.0/24', 'forbidden'],
    // Multicast, and what is reserved above it.
    ['224.0.0.0/4', 'forbidden'],
    ['240.0.0.0/4', 'forbidden'],

    ['::/128', 'private'],
    ['::1/128', 'private'],
    // IPv4 inside IPv6: compatible, mapped, translated.
    ['::/96', 'private'],
    ['::ffff:0:0/96', 'public'],
    ['::ffff:0:0:0/96', 'private'],
    // NAT64: the well-known prefix, and the one for use within a network.
    ['64:ff9b::/96', 'public'],
    ['64:ff9b:1::/48', 'private'],
    // Teredo, then the rest of the protocol assignments.
    ['2001::/32', 'public'],
    ['2001:2::/48', 'private'],
    ['2001::/23', 'forbidden'],
    ['2001:db8::/32', 'forbidden'],
    // 6to4.
    ['2002::/16', 'public'],
    ['2620:4f:8000::/48', 'private'],
    ['3fff::/20', 'forbidden'],
    ['2000::/3', 'public'],
    // Unique local (fd00:ec2::254 is a metadata service), link-local, site-local.
    ['fc00::/7', 'private'],
    ['fe80::/10', 'private'],
    ['fec0::/10', 'private'],
  ] as const satisfies readonly (readonly [string, Judgement])[]
).map(([cidr, judgement]) => ({ contains: network(cidr), judgement }));

/** The networks whose addresses carry an IPv4 address, and in which bytes. */
const EMBEDDINGS = (
  [
    ['::/96', [12, 13, 14, 15]],
    ['::ffff:0:0/96', [12, 13, 14, 15]],
    ['::ffff:0:0:0/96', [12, 13, 14, 15]],
    ['64:ff9b::/96', [12, 13, 14, 15]],
    // A prefix of 48 bits puts them around a byte of zeros; longer ones of the same network, at the end.
    ['64:ff9b:1::/48', [6, 7, 9, 10]],
    ['64:ff9b:1::/48', [12, 13, 14, 15]],
    ['2002::/16', [2, 3, 4, 5]],
    // Teredo: the server's, here; the client's is below, inverted.
    ['2001::/32', [4, 5, 6, 7]],
  ] as const
).map(([cidr, places]) => ({ contains: network(cidr), places }));

const isTeredo = network('2001::/32');

const SEVERITY: Readonly<Record<Judgement, number>> = { public: 0, private: 1, forbidden: 2 };

/**
 * Judges an address, and every IPv4 address that it carries: the severest judgement counts.
 *
 * @param text - the usual notation; what is no address is forbidden.
 * @internal
 */
export function judgeAddress(text: string): Judgement {
  const address = parseAddress(text);
  if (address === undefined) return 'forbidden';
  let severest = ownJudgement(address);
  for (const embedded of embeddedIn(address)) severest = severer(severest, ownJudgement(embedded));
  return severest;
}

/**
 * The severer of two judgements.
 *
 * @internal
 */
export function severer(a: Judgement, b: Judgement): Judgement {
  return SEVERITY[a] >= SEVERITY[b] ? a : b;
}

function ownJudgement(address: IpAddress): Judgement {
  const found = NETWORKS.find(({ contains }) => contains(address));
  return found?.judgement ?? (address.bytes.length === 4 ? 'public' : 'forbidden');
}

function embeddedIn(address: IpAddress): IpAddress[] {
  const { bytes } = address;
  if (bytes.length !== 16) return [];
  const found = EMBEDDINGS.filter(({ contains }) => contains(address)).map(({ places }) =>
    addressOf(places.map((place) => bytes[place] ?? 0)),
  );
  const last = bytes.slice(12);
  if (isTeredo(address)) found.push(addressOf(last.map((byte) => byte ^ 0xff)));
  // ISATAP marks the interface, so any network may have it.
  const isIsatap =
    (bytes[8] === 0 || bytes[8] === 2) &&
    bytes[9] === 0 &&
    bytes[10] === 0x5e &&
    bytes[11] === 0xfe;
  if (isIsatap) found.push(addressOf(last));
  return found;
}
