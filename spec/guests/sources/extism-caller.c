// extism-caller: a plug-in that imports host functions, which an assignment maps to operations.
#include "extism.h"

#define USER(name) __attribute__((import_module("extism:host/user"), import_name(name)))

USER("greet") handle host_greet(handle name);
USER("note") void host_note(handle text);
USER("join") handle host_join(handle first, uint64_t number);
USER("__proto__") handle host_odd(handle name);

EXPORT("greet") int greet(void) {
  answer(host_greet(input_copy()));
  return 0;
}

EXPORT("note") int note(void) {
  host_note(input_copy());
  answer(give_text("noted"));
  return 0;
}

// A block and a number that is none.
EXPORT("join") int join(void) {
  answer(host_join(input_copy(), (uint64_t)-7));
  return 0;
}

EXPORT("odd") int odd(void) {
  answer(host_odd(input_copy()));
  return 0;
}

// As often as the first byte of the input says; the answer is that of the last one.
EXPORT("greet_often") int greet_often(void) {
  const handle name = give_text("again");
  handle last = 0;
  for (uint32_t left = input_load_u8(0); left > 0; left--) {
    kernel_free(last);
    last = host_greet(name);
  }
  answer(last);
  return 0;
}

// Takes no notice of what came of it.
EXPORT("greet_anyway") int greet_anyway(void) {
  host_greet(give_text("first"));
  host_note(give_text("second"));
  answer(give_text("done"));
  return 0;
}

// Memory of this life, which no other one may ever see.
static uint32_t calls;

EXPORT("next") int next(void) { return (int)++calls; }
