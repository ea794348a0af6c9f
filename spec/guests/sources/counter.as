// counter-as: AssemblyScript keeps strings as UTF-16, so this guest proves the other string encoding.
@external("wasi:keyvalue/store@0.2.0-draft", "open")
declare function storeOpen(name: usize, length: i32, result: usize): void;
@external("wasi:keyvalue/store@0.2.0-draft", "[method]bucket.get")
declare function bucketGet(bucket: i32, key: usize, length: i32, result: usize): void;
@external("wasi:keyvalue/store@0.2.0-draft", "[method]bucket.set")
declare function bucketSet(bucket: i32, key: usize, length: i32, value: usize, size: i32, result: usize): void;
@external("wasi:keyvalue/store@0.2.0-draft", "[resource-drop]bucket")
declare function bucketDrop(bucket: i32): void;
@external("wasi:keyvalue/atomics@0.2.0-draft", "increment")
declare function increment(bucket: i32, key: usize, length: i32, delta: u64, result: usize): void;
@external("wasi:logging/logging@0.1.0-draft", "log")
declare function log(level: i32, context: usize, length: i32, message: usize, size: i32): void;

// The results of imports and of exports lie apart, each 8-byte aligned and as large as any of them.
const incoming = memory.data(32, 8);
const outgoing = memory.data(32, 8);
let arenaEnd: usize = 0;

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (!arenaEnd) arenaEnd = __heap_base;
  const start = (arenaEnd + align - 1) & ~(align - 1);
  arenaEnd = start + size;
  const missing = <i32>((arenaEnd + 0xffff) >> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) unreachable();
  memory.copy(start, old, min(oldSize, size));
  return start;
}

function fail(offset: usize, text: usize, length: u32): usize {
  store<u8>(outgoing, 1);
  store<u32>(outgoing + offset, <u32>text);
  store<u32>(outgoing + offset + 4, length);
  return outgoing;
}

/** Answers with the text of the store's error; both sides keep their payload at the given offset. */
function refuse(from: usize, to: usize): usize {
  const tag = load<u8>(incoming + from);
  if (tag == 0) return failWith(to, "no-such-store");
  if (tag == 1) return failWith(to, "access-denied");
  const prefix = "other: ", length = load<u32>(incoming + from + 8);
  const text = cabi_realloc(0, 0, 2, <usize>(prefix.length + length) * 2);
  memory.copy(text, changetype<usize>(prefix), prefix.length * 2);
  memory.copy(text + prefix.length * 2, load<u32>(incoming + from + 4), length * 2);
  return fail(to, text, prefix.length + length);
}

function failWith(offset: usize, text: string): usize {
  return fail(offset, changetype<usize>(text), text.length);
}

function openDefault(): bool {
  const name = "default";
  storeOpen(changetype<usize>(name), name.length, incoming);
  return load<u8>(incoming) == 0;
}

export function bump(key: usize, length: i32): usize {
  if (!openDefault()) return refuse(4, 8);
  const bucket = load<i32>(incoming, 4);
  increment(bucket, key, length, 1, incoming);
  bucketDrop(bucket);
  if (load<u8>(incoming)) return refuse(8, 8);
  const context = "counter", message = "bumped ✓";
  log(2, changetype<usize>(context), context.length, changetype<usize>(message), message.length);
  store<u8>(outgoing, 0);
  store<u64>(outgoing, load<u64>(incoming, 8), 8);
  return outgoing;
}

export function read(key: usize, length: i32): usize {
  if (!openDefault()) return refuse(4, 4);
  const bucket = load<i32>(incoming, 4);
  bucketGet(bucket, key, length, incoming);
  bucketDrop(bucket);
  if (load<u8>(incoming)) return refuse(4, 4);
  memory.copy(outgoing, incoming, 16);
  return outgoing;
}

export function write(key: usize, length: i32, value: usize, size: i32): usize {
  if (!openDefault()) return refuse(4, 4);
  const bucket = load<i32>(incoming, 4);
  bucketSet(bucket, key, length, value, size, incoming);
  bucketDrop(bucket);
  if (load<u8>(incoming)) return refuse(4, 4);
  store<u8>(outgoing, 0);
  return outgoing;
}

/** Appends an exclamation mark, so that text goes in and comes out in UTF-16. */
export function shout(text: usize, length: i32): usize {
  const louder = cabi_realloc(text, length * 2, 2, (length + 1) * 2);
  store<u16>(louder + length * 2, 0x21);
  store<u32>(outgoing, <u32>louder);
  store<u32>(outgoing, length + 1, 4);
  return outgoing;
}

export function cabi_post_bump(_: usize): void { arenaEnd = 0; }
export function cabi_post_read(_: usize): void { arenaEnd = 0; }
export function cabi_post_write(_: usize): void { arenaEnd = 0; }
export function cabi_post_shout(_: usize): void { arenaEnd = 0; }
