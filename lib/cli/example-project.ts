/** A guest of some lines, in the text format and as the module that it makes. */
export const EXAMPLE_WAT = `;; A guest without any import: it can calculate, and nothing else.
(module
  (func (export "add") (param i32 i32) (result i32)
    local.get 0
    local.get 1
    i32.add)

  ;; The product of all numbers up to n, in 64 bits.
  (func $factorial (export "factorial") (param $n i64) (result i64)
    (if (result i64) (i64.le_s (local.get $n) (i64.const 1))
      (then (i64.const 1))
      (else
        (i64.mul
          (local.get $n)
          (call $factorial (i64.sub (local.get $n) (i64.const 1))))))))
`;

export const EXAMPLE_WASM_BASE64 =
  'AGFzbQEAAAABDAJgAn9/AX9gAX4BfgMDAgABBxMCA2FkZAAACWZhY3RvcmlhbAABCiECBwAgACABagsXACAAQgFXBH5CAQUgACAAQgF9EAF+Cws=';

/** The example as bytes. */
export const exampleModule = (): Uint8Array =>
  new Uint8Array(Buffer.from(EXAMPLE_WASM_BASE64, 'base64'));

/** A configuration that starts the example, and shows what else it could say. */
export const EXAMPLE_MANIFEST = `# yaml-language-server: $schema=node_modules/wasmatrix/schema/wasmatrix.schema.json
#
# What "wasmatrix host" reads when it starts. Paths are from the folder of this file. After the start the API
# rules: the file is not watched. "wasmatrix host --check" tells what is wrong with it.

host:
  # Of the control API and the dashboard. On an address that others can reach, tokens are needed.
  listen: 127.0.0.1:7070
  # Requests from outside that lead to guests come by an address of its own.
  # triggerListen: 127.0.0.1:7080
  # tokens:
  #   - { name: operator, role: admin, token: "\${ENV:OPERATOR_TOKEN}" }
  #   - { name: monitor, role: read, tokenFile: /run/secrets/monitor-token }
  # JSON lines on standard error: debug, info, warn or error.
  # logLevel: info
  # Milliseconds that a graceful end may take.
  drainTimeoutMs: 10000

supervisor:
  nodeId: first
  # Child processes that carry instances, beside this one: "auto" or a number.
  # shards: auto

# What guests may call, if they are granted it. A store in memory is there without being asked for.
# providers:
#   - providerType: kv
#     providerId: store
#     config: { backend: lmdb, path: ./data }

instances:
  # wasmatrix invoke calculator add 2 3
  - instanceId: calculator
    name: The guest of guest/calculator.wat
    module: guest/calculator.wasm
    labels: { part: example }
    limits:
      memoryBytes: 1048576
      callTimeoutMs: 1000
    restartPolicy: { policyType: on-failure, maxRetries: 5 }
    # capabilities:
    #   - capabilityId: notes
    #     providerType: kv
    #     permissions: [ kv:read, "kv:write:notes/*" ]

  # Has a thread only while it has something to do: thousands of these fit.
  - instanceId: sleeper
    module: guest/calculator.wasm
    residency: on-demand

# triggers:
#   - { name: shop, path: /shop, instanceId: shop }
`;
