// extism-plugin: one export for each thing that a plug-in may want of its host. It imports nothing that
// Extism's host for JavaScript does not serve, so that both can be given the same calls.
#include "extism.h"

static int is_vowel(uint32_t letter) {
  for (const char *vowel = "aeiouAEIOU"; *vowel != 0; vowel++)
    if ((uint32_t)*vowel == letter) return 1;
  return 0;
}

static handle decimal(uint64_t number) {
  char digits[20];
  int at = 20;
  do digits[--at] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  return give(digits + at, (uint64_t)(20 - at));
}

static uint64_t number_of(handle text) {
  uint64_t number = 0;
  for (uint64_t at = 0; at < kernel_length(text); at++)
    number = number * 10 + kernel_load_u8(text + at) - '0';
  return number;
}

static uint64_t vowels(void) {
  uint64_t count = 0;
  for (uint64_t at = 0; at < input_length(); at++) count += is_vowel(input_load_u8(at));
  return count;
}

EXPORT("count_vowels") int count_vowels(void) {
  answer(decimal(vowels()));
  return 0;
}

// As many as in all inputs so far.
EXPORT("total_vowels") int total_vowels(void) {
  const handle name = give_text("total");
  const handle before = var_get(name);
  const handle total = decimal((before == 0 ? 0 : number_of(before)) + vowels());
  var_set(name, total);
  answer(total);
  return 0;
}

EXPORT("forget") void forget(void) { var_set(give_text("total"), 0); }

EXPORT("echo") int echo(void) {
  answer(input_copy());
  return 0;
}

// The input from its third byte on, for an output that is not a whole block.
EXPORT("tail") int tail(void) {
  const handle copy = input_copy();
  output_set(copy + 2, kernel_length(copy) - 2);
  return 0;
}

EXPORT("setting") int setting(void) {
  const handle value = config_get(input_copy());
  answer(value == 0 ? give_text("(none)") : value);
  return 0;
}

EXPORT("log_all") int log_all(void) {
  const handle message = input_copy();
  log_debug(message);
  log_info(message);
  log_warn(message);
  log_error(message);
  return 0;
}

// Blocks of many sizes, half of them given back and taken again; answers how many kept what was theirs.
EXPORT("churn") int churn(void) {
  enum { BLOCKS = 64 };
  handle blocks[BLOCKS];
  uint64_t whole = 0;
  for (uint64_t round = 0; round < 4; round++) {
    for (uint64_t i = 0; i < BLOCKS; i++) {
      if (round > 0 && i % 2 == 0) kernel_free(blocks[i]);
      if (round > 0 && i % 2 != 0) continue;
      const uint64_t length = (i * 37 + round * 11) % 500 + 1;
      blocks[i] = kernel_alloc(length);
      for (uint64_t at = 0; at < length; at++) kernel_store_u8(blocks[i] + at, (uint32_t)(i + at));
    }
  }
  for (uint64_t i = 0; i < BLOCKS; i++) {
    int is_whole = 1;
    for (uint64_t at = 0; at < kernel_length(blocks[i]); at++)
      is_whole &= kernel_load_u8(blocks[i] + at) == ((i + at) & 0xff);
    whole += (uint64_t)is_whole;
  }
  answer(decimal(whole));
  return 0;
}

EXPORT("refuse") int refuse(void) {
  error_set(give_text("no such thing"));
  return 1;
}

EXPORT("exit_code") int exit_code(void) { return (int)input_load_u8(0); }

EXPORT("trap") int trap(void) { __builtin_trap(); }

EXPORT("spin") int spin(void) {
  for (volatile int turn = 0;; turn++) continue;
}

// Memory of this life, which no other one may ever see.
static uint64_t calls;

EXPORT("next") int next(void) {
  answer(decimal(++calls));
  return 0;
}

// The input is the request's description; the answer is the status, a space, and the body.
EXPORT("fetch") int fetch(void) {
  const handle body = http_request(input_copy(), give_text("posted"));
  const handle status = decimal((uint64_t)http_status_code());
  const uint64_t digits = kernel_length(status);
  const handle both = kernel_alloc(digits + 1 + kernel_length(body));
  for (uint64_t at = 0; at < digits; at++) kernel_store_u8(both + at, kernel_load_u8(status + at));
  kernel_store_u8(both + digits, ' ');
  for (uint64_t at = 0; at < kernel_length(body); at++)
    kernel_store_u8(both + digits + 1 + at, kernel_load_u8(body + at));
  answer(both);
  return 0;
}
