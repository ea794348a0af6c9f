/** Guests, specs and numbers are made for one major version of Node; an older one would only confuse. */
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 22) {
  throw new Error(`Node ${process.versions.node} is too old; run the specs by "npm test"`);
}
