import type { Command } from 'commander';
import { EXECUTION_EVENT_TYPES, type ExecutionEvent } from '../../core/execution-event.ts';
import { atHost, type ClientOptions, countOf, listInto, withHost } from '../command-options.ts';
import { stopSignals } from '../stop-signal.ts';
import { printable, type Terminal, valueText } from '../terminal.ts';

interface EventsOptions extends ClientOptions {
  readonly follow?: true;
  readonly instance?: string;
  readonly type?: readonly string[];
  readonly since?: number;
  readonly limit: number;
}

/** `wasmatrix events` */
export function eventsCommand(program: Command): void {
  withHost(program.command('events').description('tell what happened at a host'))
    .option('-f, --follow', 'go on with what happens from now on')
    .option('--instance <id>', 'only of this instance')
    .option('--type <types>', `only of these types: ${EXECUTION_EVENT_TYPES.join(', ')}`, listInto)
    .option('--since <seq>', 'only those after this number', countOf)
    .option('--limit <count>', 'no more than so many', countOf, 100)
    .addHelpText('after', '\nWith --json each event is a line of its own.')
    .action(async (options: EventsOptions) => {
      const { instance, type, since, limit } = options;
      const filter = {
        ...(instance === undefined ? {} : { instanceId: instance }),
        ...(type === undefined ? {} : { types: type as ExecutionEvent['type'][] }),
      };
      await atHost(options, async (supervisor, terminal) => {
        // Before anything is printed: whoever has seen the first line may ask for the end.
        using signals = options.follow === true ? stopSignals() : undefined;
        // Where nothing matches yet: a log that is cut has no beginning to go on from.
        const [newest] = since === undefined ? await supervisor.executionEvents({ limit: 1 }) : [];
        const past = await supervisor.executionEvents({
          ...filter,
          limit,
          ...(since === undefined ? {} : { sinceSeq: since }),
        });
        for (const event of past) sayEvent(event, terminal);
        if (signals === undefined) return;
        const sinceSeq = Math.max(past.at(-1)?.seq ?? since ?? 0, newest?.seq ?? 0);
        for await (const event of supervisor.events({
          ...filter,
          sinceSeq,
          signal: signals.gentle,
        })) {
          sayEvent(event, terminal);
        }
      });
    });
}

function sayEvent(event: ExecutionEvent, terminal: Terminal): void {
  terminal.result(event, () => {
    const { seq, timestamp, type, instanceId, providerId, groupId, details } = event;
    const who = instanceId ?? providerId ?? groupId ?? '';
    const { capabilityId, reason, operation, permissions, message } = details;
    const note = [capabilityId, reason, operation, permissions, message]
      .filter((each) => each !== undefined)
      .map((each) => printable(valueText(each)))
      .join(' · ');
    const colour = /crashed|failed|denied|refused|overflowed/.test(type) ? 'red' : 'green';
    return [
      String(seq).padStart(6),
      timestamp,
      terminal.paint(colour, type.padEnd(20)),
      printable(who),
      note.slice(0, 120),
    ]
      .join('  ')
      .trimEnd();
  });
}
