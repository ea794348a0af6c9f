// Has a component answer requests in workerd: jco has translated it, and this is the part of `wasi:http`
// that it uses, as lean as it can be. With FRESH each request has an instantiation of its own.

import core from 'serve.core.wasm';
import core2 from 'serve.core2.wasm';
import core3 from 'serve.core3.wasm';
import { instantiate } from 'serve.js';

const MODULES = { 'serve.core.wasm': core, 'serve.core2.wasm': core2, 'serve.core3.wasm': core3 };
const METHODS = new Set(['get', 'head', 'post', 'put', 'delete', 'options', 'patch']);
const HANDLER = 'wasi:http/incoming-handler@0.2.6';

class Fields {
  list;
  static fromList(list) {
    const fields = new Fields();
    fields.list = list;
    return fields;
  }
  entries() {
    return this.list;
  }
}

class IncomingRequest {
  request;
  url;
  method() {
    const tag = this.request.method.toLowerCase();
    return METHODS.has(tag) ? { tag } : { tag: 'other', val: this.request.method };
  }
  pathWithQuery() {
    return this.url.pathname + this.url.search;
  }
  scheme() {
    return { tag: 'HTTP' };
  }
  authority() {
    return this.url.host;
  }
  headers() {
    const encoder = new TextEncoder();
    return Fields.fromList(
      [...this.request.headers].map(([name, value]) => [name, encoder.encode(value)]),
    );
  }
}

class OutputStream {
  chunks = [];
  checkWrite() {
    return 65_536n;
  }
  write(bytes) {
    this.chunks.push(bytes.slice());
  }
}

class OutgoingBody {
  stream = new OutputStream();
  static finish() {}
  write() {
    return this.stream;
  }
}

class OutgoingResponse {
  fields;
  status = 200;
  content = new OutgoingBody();
  constructor(fields) {
    this.fields = fields;
  }
  setStatusCode(status) {
    this.status = status;
  }
  body() {
    return this.content;
  }
}

class ResponseOutparam {
  result;
  static set(outparam, result) {
    outparam.result = result;
  }
}

/** Stands for resources that the guest names and never has. */
class Unused {
  nothing;
}

const IMPORTS = {
  'wasi:http/types': {
    Fields,
    FutureTrailers: Unused,
    IncomingBody: Unused,
    IncomingRequest,
    OutgoingBody,
    OutgoingResponse,
    ResponseOutparam,
  },
  'wasi:io/error': { Error: Unused },
  'wasi:io/streams': { InputStream: Unused, OutputStream },
  'wasi:keyvalue/store': { Bucket: Unused, open: () => undefined },
};

const handlerOf = () => {
  const exports = instantiate((name) => MODULES[name], IMPORTS);
  return exports[HANDLER] ?? exports['wasi:http/incoming-handler'] ?? exports.incomingHandler;
};

let kept;

export default {
  fetch(request, { FRESH }) {
    const handler = FRESH === 'yes' ? handlerOf() : (kept ??= handlerOf());
    const incoming = new IncomingRequest();
    incoming.request = request;
    incoming.url = new URL(request.url);
    const outparam = new ResponseOutparam();
    handler.handle(incoming, outparam);
    const { tag, val } = outparam.result;
    if (tag !== 'ok') return new Response('', { status: 502 });
    const decoder = new TextDecoder();
    const headers = val.fields.list.map(([name, value]) => [name, decoder.decode(value)]);
    const { chunks } = val.content.stream;
    const body = chunks.length === 1 ? chunks[0] : new Blob(chunks);
    return new Response(body, { status: val.status, headers });
  },
};
