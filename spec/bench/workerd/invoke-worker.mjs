// What somebody writes for workerd who wants exports of a core module to be called over HTTP.
import core from 'core.wasm';

const { exports } = new WebAssembly.Instance(core, {});

export default {
  async fetch(request) {
    const name = new URL(request.url).pathname.slice(1);
    const { args } = await request.json();
    return Response.json({ result: exports[name](...args) });
  },
};
