export type { ProviderInfo } from './actors/provider-info.ts';
export type { InvokeOptions, Supervisor, SupervisorStats } from './actors/supervisor.ts';
export type { SupervisorOptions } from './actors/supervisor-options.ts';
export type { Backoff } from './core/backoff.ts';
export type { CapabilityAssignment } from './core/capability-assignment.ts';
export { CAPACITY_RESOURCES, type CapacityResource } from './core/capacity.ts';
export type { CapacityOptions } from './core/capacity-options.ts';
export type { CapacityUsage, ResourceUsage } from './core/capacity-usage.ts';
export type { Clock } from './core/clock.ts';
export {
  defineProvider,
  type OperationArgs,
  type OperationBlueprint,
  type ProviderBlueprint,
} from './core/define-provider.ts';
export type { DoctorMachine, DoctorOptions, DoctorReport, DoctorResource } from './core/doctor.ts';
export { doctorText } from './core/doctor-text.ts';
export {
  ERROR_CODES,
  type ErrorBlame,
  type ErrorCode,
  type ErrorCodeFacts,
} from './core/error-codes.ts';
export {
  type ErrorDetails,
  type ErrorResponse,
  isWasmatrixError,
  WasmatrixError,
} from './core/errors.ts';
export {
  EXECUTION_EVENT_TYPES,
  type ExecutionEvent,
  type ExecutionEventFilter,
  type ExecutionEventType,
} from './core/execution-event.ts';
export type { InstanceExit } from './core/exit.ts';
export {
  type ExplainedCall,
  type ExplainedDenial,
  explainPolicy,
  type PolicyExplanation,
} from './core/explain-policy.ts';
export type { ExecutionEventList } from './core/fact-log.ts';
export type {
  ChildRestart,
  GroupChild,
  GroupIntensity,
  GroupSpec,
  GroupStrategy,
} from './core/group-spec.ts';
export type { InstanceFilter, InstanceInfo, InstanceUsage } from './core/instance-info.ts';
export type { InstanceSpec } from './core/instance-spec.ts';
export type { LatencyFigures } from './core/latency-buckets.ts';
export type { InstanceStatus } from './core/lifecycle.ts';
export type { InstanceLimits, ResolvedLimits } from './core/limits.ts';
export type { Logger } from './core/logger.ts';
export type { ModuleSource } from './core/module-source.ts';
export type { OnDemandOptions } from './core/on-demand-options.ts';
export type { OutputListener } from './core/output-listener.ts';
export type {
  CallContext,
  DeliveredMessage,
  DeliveryOutcome,
  ProviderDefinition,
  ProviderEnvironment,
  ProviderOperation,
  RequiredPermission,
  WireValue,
} from './core/provider.ts';
export type { ProviderConfig } from './core/provider-config.ts';
export type { ResolvedRestartPolicy, RestartPolicy } from './core/restart-policy.ts';
export type {
  InstanceFigures,
  TelemetryFigures,
} from './core/telemetry-figures.ts';
export type { TelemetryOptions } from './core/telemetry-options.ts';
export type { WasiOptions } from './core/wasi-options.ts';
export { connectSupervisor, createSupervisor } from './create-supervisor.ts';
export type { Host } from './host/host.ts';
export type { HostLimits } from './host/host-limits.ts';
export type { HostOptions, HostTls } from './host/host-options.ts';
export type { HostRole, HostToken } from './host/token-book.ts';
export type { Trigger } from './host/trigger-table.ts';
export type { ConnectOptions } from './remote/connect-options.ts';
export type { ShardStats, ShardStatus } from './shards/shard-stats.ts';
export { startHost } from './start-host.ts';
export type { CallMessage } from './telemetry/event-channels.ts';
export type { LogLevel } from './telemetry/pino-logger.ts';
export { doctor } from './threads/doctor.ts';
export type { AbiName, ExportFact, ImportFact } from './wasm/admitted-module.ts';
export type {
  MemoryFact,
  ModuleInfo,
  ModuleProducer,
  ModuleProducers,
  ModuleRefusal,
  TableFact,
} from './wasm/module-info.ts';
export { moduleReport } from './wasm/module-report.ts';
