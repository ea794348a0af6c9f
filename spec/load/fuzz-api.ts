import { parseArgs } from 'node:util';
import { guestBytes } from '../guests/guest-file.ts';
import { fuzzApi } from '../host/api-fuzz.ts';
import { withHost } from '../host/host-stage.ts';
import { runCommand } from './command.ts';

const USAGE = `Usage: npm run fuzz:api -- [options]

Sends malformed requests to a host, made from its own description of its API. Each must be refused with a code,
in time, and change nothing. Exit code 1 otherwise.

  --count N   requests (default 10000)
  --seed N    makes the same requests again (default: chance)
  --help      this text
`;

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new TypeError(`--${name} must be a whole number, not "${text}"`);
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      count: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(Math.trunc(Math.random() * 1e9)) },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [count, seed] = [wholeNumber('count', values.count), wholeNumber('seed', values.seed)];
  const report = await withHost(async (host) => {
    await host.supervisor.startInstance({ module: guestBytes('core'), instanceId: 'a' });
    return fuzzApi(host, count, seed, (done) => {
      if (done % 1_000 === 0) process.stderr.write(`${done} requests\n`);
    });
  });
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  return report.faults.length === 0 ? 0 : 1;
}

await runCommand(USAGE, main);
