'use strict';
const Mocha = require('mocha');

/** The usual report, ended by one line that a machine can read. mocha loads reporters by require(). */
class ClosingReporter extends Mocha.reporters.Spec {
  done(failures, callback) {
    const { passes, failures: failed, pending } = this.stats;
    const skipped = pending > 0 ? `, ${pending} skipped` : '';
    process.stdout.write(`${passes} passed, ${failed} failed${skipped}\n`);
    callback(failures);
  }
}

module.exports = ClosingReporter;
