// wapc-guest: one operation for each thing that a waPC guest may want of its host.
#include "wapc.h"

extern uint8_t __heap_base;
static uint8_t *top;

// Room until the end of the call.
static uint8_t *room(uint32_t bytes) {
  uint8_t *at = top;
  top += (bytes + 7) & ~7u;
  const uint32_t has = __builtin_wasm_memory_size(0) * 65536u;
  const uint32_t end = (uint32_t)top;
  if (end > has && __builtin_wasm_memory_grow(0, (end - has + 65535u) / 65536u) == (uint32_t)-1)
    __builtin_trap();
  return at;
}

static int is(const uint8_t *given, uint32_t length, const char *wanted) {
  uint32_t at = 0;
  for (; at < length; at++)
    if (wanted[at] == 0 || given[at] != (uint8_t)wanted[at]) return 0;
  return wanted[at] == 0;
}

static uint32_t failed(const char *text) {
  uint32_t length = 0;
  while (text[length] != 0) length++;
  guest_error((const uint8_t *)text, length);
  return 0;
}

static uint32_t answered(const char *text) {
  uint32_t length = 0;
  while (text[length] != 0) length++;
  guest_response((const uint8_t *)text, length);
  return 1;
}

// The payload is binding, namespace and operation, each with a zero behind it, and what is to be sent.
static uint32_t ask(const uint8_t *payload, uint32_t length) {
  const uint8_t *names[3];
  uint32_t lengths[3];
  uint32_t at = 0;
  for (int i = 0; i < 3; i++) {
    names[i] = payload + at;
    lengths[i] = 0;
    while (at < length && payload[at] != 0) at++, lengths[i]++;
    if (at++ >= length) return failed("three names are wanted");
  }
  if (host_call(names[0], lengths[0], names[1], lengths[1], names[2], lengths[2], payload + at,
                length - at)) {
    const uint32_t size = host_response_length();
    uint8_t *response = room(size);
    host_response(response);
    guest_response(response, size);
    return 1;
  }
  const uint32_t size = host_error_length();
  uint8_t *error = room(size);
  host_error(error);
  guest_error(error, size);
  return 0;
}

static uint32_t begun;

EXPORT("wapc_init") void begin(void) { begun += 100; }

EXPORT("__guest_call") uint32_t guest_call(uint32_t operation_length, uint32_t length) {
  top = &__heap_base;
  uint8_t *operation = room(operation_length);
  uint8_t *payload = room(length);
  guest_request(operation, payload);
  if (is(operation, operation_length, "ask")) return ask(payload, length);
  if (is(operation, operation_length, "echo")) {
    guest_response(payload, length);
    return 1;
  }
  // Asks until it is refused.
  if (is(operation, operation_length, "ask-on")) {
    uint8_t *const free = top;
    while (ask(payload, length)) top = free;
    return 0;
  }
  if (is(operation, operation_length, "log")) {
    console_log(payload, length);
    return 1;
  }
  if (is(operation, operation_length, "refuse")) return failed("no such thing");
  if (is(operation, operation_length, "silent")) return 0;
  if (is(operation, operation_length, "__proto__")) return answered("a name like any other");
  if (is(operation, operation_length, "next")) {
    begun++;
    const uint8_t digits[] = {(uint8_t)('0' + begun / 100), (uint8_t)('0' + begun / 10 % 10),
                              (uint8_t)('0' + begun % 10)};
    guest_response(digits, sizeof digits);
    return 1;
  }
  if (is(operation, operation_length, "trap")) __builtin_trap();
  if (is(operation, operation_length, "spin"))
    for (volatile int turn = 0;; turn++) continue;
  return failed("there is no such operation");
}
