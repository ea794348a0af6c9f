import type { Tracing } from './tracing.ts';

/** Where spans go, loaded when somebody wants them: without, nothing of OpenTelemetry is there. */
export async function openTracing(): Promise<Tracing> {
  const { OpenTelemetry } = await import('./open-telemetry.ts');
  return new OpenTelemetry();
}
