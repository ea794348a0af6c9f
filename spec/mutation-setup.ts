import fc from 'fast-check';

// A mutant lives or dies by the same inputs in each run, and is as dead before its counterexample is small.
fc.configureGlobal({ seed: 20_300_101, endOnFailure: true });
process.env['FC_RUNS'] ??= '40';
