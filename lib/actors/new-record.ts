import { FactLog } from '../core/fact-log.ts';
import { CallTelemetry } from '../telemetry/call-telemetry.ts';
import { publishFact } from '../telemetry/event-channels.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { newOutputLog, type OutputLog } from './output-log.ts';
import type { ResolvedSupervisorOptions } from './supervisor-options.ts';

/** What is told of a node: facts, what guests write, and what is measured. */
export interface NodeRecord {
  readonly facts: FactLog;
  readonly outputs: OutputLog | undefined;
  readonly telemetry: CallTelemetry;
}

/** The record of one node, whose parts know of each other by what request something happens. */
export function newRecord(
  { nodeId, clock, logger, maxFacts, onOutput, telemetry: options }: ResolvedSupervisorOptions,
  tracing: Tracing | undefined,
): NodeRecord {
  const facts = new FactLog({
    capacity: maxFacts,
    nodeId,
    clock,
    causeOf: (type, instanceId) => telemetry.causeOf(type, instanceId),
    onAppend: (event) => {
      const { seq, type, instanceId, providerId, groupId, details } = event;
      const { requestId } = details;
      logger.debug({ seq, instanceId, providerId, groupId, requestId, details }, type);
      telemetry.recorded(event);
      publishFact(event);
    },
  });
  const outputs = newOutputLog(logger, clock, (id) => telemetry.requestOf(id), onOutput);
  const telemetry = new CallTelemetry({
    nodeId,
    options,
    tracing,
    fetch: () => facts.refresh(),
    onTurn: (id) => outputs?.catchUp(id),
  });
  return { facts, outputs, telemetry };
}
