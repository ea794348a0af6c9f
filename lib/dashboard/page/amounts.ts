const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes as people read them. */
export function bytesText(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${countText(bytes / 1024 ** step)} ${UNITS[step]}`;
}

/** A number with as many digits as say something. */
export function countText(value: number): string {
  return value.toLocaleString('en', {
    maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0,
  });
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** A time of day, by the clock of whoever looks. */
export function clockText(time: string | number): string {
  return CLOCK.format(new Date(time));
}

/** A time as people read it. */
export function millisecondsText(ms: number): string {
  if (ms < 1) return `${countText(ms * 1_000)} µs`;
  return ms < 1_000 ? `${countText(ms)} ms` : `${countText(ms / 1_000)} s`;
}
