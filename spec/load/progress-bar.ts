import { Presets, SingleBar } from 'cli-progress';

const FORMAT = '{phase} {bar} {value}/{total} | {rate}/s | {eta_formatted} left';

/** A bar with `phase` and `rate` in it, where somebody looks on. */
export function progressBar(): SingleBar | undefined {
  if (!process.stderr.isTTY) return undefined;
  return new SingleBar({ format: FORMAT }, Presets.shades_classic);
}
