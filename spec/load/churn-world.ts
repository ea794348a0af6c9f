import { connectSupervisor } from '../../lib/create-supervisor.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { ask, jsonOf } from '../host/host-stage.ts';
import { ChurnProcess } from './churn-process.ts';
import { type ChurnSample, metricOf } from './churn-sample.ts';
import type { HostedWorld } from './episodes/callers.ts';

const ECHO_PATH = '/echo';
/** Settling of what ends by itself: spare threads, threads of instances on demand, idle connections. */
export const SETTLING_MS = 30_000;

/** A host elsewhere, and what lives in it for the whole churn. */
export class ChurnWorld implements AsyncDisposable {
  readonly host: ChurnProcess;
  readonly url: string;
  readonly triggerUrl: string;

  private constructor(host: ChurnProcess) {
    this.host = host;
    this.url = host.greeting.url;
    this.triggerUrl = host.greeting.triggerUrl;
  }

  static async open(): Promise<ChurnWorld> {
    const host = await ChurnProcess.start();
    const world = new ChurnWorld(host);
    try {
      await using supervisor = await connectSupervisor(world.url);
      await supervisor.startInstance({ module: guestBytes('serve-c'), instanceId: 'web' });
      const trigger = JSON.stringify({ path: ECHO_PATH, instanceId: 'web' });
      const { status, text } = await ask(`${world.url}/v1/triggers/web`, 'PUT', trigger);
      if (status !== 204) throw new Error(`no trigger: ${text}`);
      return world;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A caller of this host; its connections go with it. */
  async caller(): Promise<HostedWorld & AsyncDisposable> {
    const supervisor = await connectSupervisor(this.url);
    return {
      supervisor,
      url: this.url,
      triggerUrl: this.triggerUrl,
      echoPath: ECHO_PATH,
      [Symbol.asyncDispose]: () => supervisor.close(),
    };
  }

  /** What the host has, what it tells of itself, and how many instances it lists. */
  async sample(minutes: number): Promise<ChurnSample> {
    const [page, list] = await Promise.all([
      ask(`${this.url}/metrics`),
      ask(`${this.url}/v1/instances`),
    ]);
    const instances = (jsonOf(list)['instances'] as readonly unknown[]).length;
    const sample = await this.host.sample(minutes);
    const delay = metricOf(page.text, 'wasmatrix_event_loop_delay_seconds{quantile="0.99"}');
    return {
      ...sample,
      eventStreams: metricOf(page.text, 'wasmatrix_event_streams'),
      loopDelayMs: delay * 1_000,
      instances,
    };
  }

  /** Ends the host's process, if it is still there. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
  }
}
