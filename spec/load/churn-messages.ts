import type { HostSample } from './churn-sample.ts';

/** What the host's process is asked for; each is answered by a sample. */
export type ChurnOrder =
  | { readonly order: 'sample'; readonly minutes: number }
  /** Closes the host; the sample is of the process without it, which then has no reason to go on. */
  | { readonly order: 'close'; readonly minutes: number };

/** The first word of the host's process. */
export interface ChurnGreeting {
  readonly url: string;
  readonly triggerUrl: string;
  /** Before the host was there. */
  readonly before: HostSample;
}
