// Stryker's mocha runner asks for parts of mocha by paths without an extension, which mocha 12 has
// renamed to `.cjs`. Until https://github.com/stryker-mutator/stryker-js/pull/6205 is released, they are
// found for it here; then "@stryker-mutator/mocha-runner" itself takes this file's place.
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const isRenamed =
      /\/mocha\/lib\/cli\/[a-z-]+$/.test(specifier) && existsSync(`${specifier}.cjs`);
    return nextResolve(isRenamed ? `${specifier}.cjs` : specifier, context);
  },
});

export const { strykerPlugins, strykerValidationSchema } = await import(
  '@stryker-mutator/mocha-runner'
);
