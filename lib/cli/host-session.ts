import type { Supervisor } from '../actors/supervisor.ts';
import { messageOf } from '../core/errors.ts';
import { createSupervisor, type Host, startHost } from '../index.ts';
import { applyPlan, type PlanStep } from '../manifest/apply-plan.ts';
import type { HostPlan } from '../manifest/host-plan.ts';
import { checkPlan } from '../manifest/plan-problems.ts';
import { readManifest } from '../manifest/read-manifest.ts';
import { EXIT } from './failure-report.ts';
import { HostSummary } from './host-summary.ts';
import { leaveWithin, outliveReader } from './output-errors.ts';
import { packageVersion } from './package-version.ts';
import type { HostCommandOptions } from './session-options.ts';
import { aborted, type StopSignals, stopSignals } from './stop-signal.ts';
import { Terminal } from './terminal.ts';

/** What is still to be written at the end waits so long for its readers. */
const LAST_WORDS_MS = 1_000;

/** Runs a host until a signal ends it. @returns the exit code. */
export async function runHost(options: HostCommandOptions): Promise<number> {
  if (options.check === true) return checkHost(options);
  outliveReader();
  const code = await hostUntilEnd(options);
  await leaveWithin(LAST_WORDS_MS, code);
  return code;
}

async function checkHost(options: HostCommandOptions): Promise<number> {
  const plan = planOf(options);
  await using supervisor = await createSupervisor({ warmSpares: 0, compileThreads: 1 });
  await checkPlan(plan, supervisor);
  const { providers, groups, instances, host } = plan;
  const counts = {
    providers: providers.length,
    groups: groups.length,
    instances: instances.length,
    triggers: host.triggers?.length ?? 0,
  };
  new Terminal(options.json).result(counts, () => {
    const what = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
    return `${options.config ?? 'no file'}: ${what.join(', ')}; nothing is wrong with it`;
  });
  return EXIT.ok;
}

async function hostUntilEnd(options: HostCommandOptions): Promise<number> {
  const terminal = new Terminal(options.json);
  const plan = planOf(options);
  // Whoever closes the terminal of a host wants its guests to end as well as they can.
  using signals = stopSignals('SIGHUP');
  const logger = plan.logLevel === undefined ? {} : { logger: plan.logLevel };
  // What the host serves, the supervisor has to count.
  const telemetry = { metrics: true, ...plan.host.telemetry };
  const supervisor = await createSupervisor({ ...plan.supervisor, ...logger, telemetry });
  try {
    const started = startAll(plan, supervisor, terminal, options.keepGoing);
    // Whoever wants to leave does not wait for what is being started; what fails by that is no failure.
    const isUp = await Promise.race([started.then(() => true), aborted(signals.gentle)]);
    if (isUp !== true) {
      started.catch(() => undefined);
      return EXIT.ok;
    }
    // Last of all: whoever reaches the host finds what it was configured to have.
    const host = await startHost({ ...plan.host, ...logger, supervisor });
    try {
      await serve(host, { options, plan, terminal, signals });
    } finally {
      await host.destroy();
    }
    return signals.urgent.aborted ? EXIT.failed : EXIT.ok;
  } finally {
    await supervisor.destroy();
  }
}

function planOf({ config, listen, triggerListen, logLevel }: HostCommandOptions): HostPlan {
  return readManifest(config, {
    ...process.env,
    ...(listen === undefined ? {} : { WASMATRIX_LISTEN: listen }),
    ...(triggerListen === undefined ? {} : { WASMATRIX_TRIGGER_LISTEN: triggerListen }),
    ...(logLevel === undefined ? {} : { WASMATRIX_LOG_LEVEL: logLevel }),
  });
}

async function startAll(
  plan: HostPlan,
  supervisor: Supervisor,
  terminal: Terminal,
  keepGoing = false,
): Promise<void> {
  const note = ({ what, index, id, error }: PlanStep): void => {
    if (error !== undefined) terminal.note(`${what} ${index} was not started: ${messageOf(error)}`);
    else if (process.stderr.isTTY) terminal.note(`${what} ${id} is up`);
  };
  await applyPlan(plan, supervisor, note, keepGoing);
}

async function serve(
  host: Host,
  session: {
    readonly options: HostCommandOptions;
    readonly plan: HostPlan;
    readonly terminal: Terminal;
    readonly signals: StopSignals;
  },
): Promise<void> {
  const { options, plan, terminal, signals } = session;
  announce(host, terminal);
  const summary = new HostSummary(host.supervisor, terminal, options.summarySeconds);
  await summary.follow(signals.gentle);
  terminal.note('Ending in good order; a second signal ends at once.');
  await Promise.race([endGently(host, plan.drainTimeoutMs), aborted(signals.urgent)]);
  const isClean = !signals.urgent.aborted;
  terminal.result({ event: 'ended', isClean }, () => (isClean ? 'Ended.' : 'Ended at once.'));
}

/** The host lets go of its callers first, then the supervisor ends its guests in what is left of the time. */
async function endGently(host: Host, timeoutMs: number): Promise<void> {
  const end = Date.now() + timeoutMs;
  await host.close({ deadlineMs: timeoutMs });
  await host.supervisor.close({ graceMs: Math.max(0, end - Date.now()) });
}

function announce({ url, triggerUrl, supervisor }: Host, terminal: Terminal): void {
  const { nodeId } = supervisor;
  const about = { event: 'listening', url, triggerUrl, nodeId, pid: process.pid };
  terminal.result(about, () => {
    const rows = [
      `Wasmatrix ${packageVersion()}, ${nodeId}`,
      `  dashboard  ${terminal.paint('cyan', `${url}/`)}`,
      `  API        ${url}/v1`,
      ...(triggerUrl === undefined ? [] : [`  triggers   ${triggerUrl}`]),
      '  Ctrl-C ends it in good order, a second one at once.',
    ];
    return rows.join('\n');
  });
}
