// reactor-c: a preview1 reactor: initialised once, then called.
#include <stdlib.h>
#include <time.h>
#define EXPORT(name) __attribute__((export_name(name)))

static int remembered;

// A constructor runs in _initialize; without that call `remember` would begin at 0.
__attribute__((constructor)) static void begin(void) { remembered = 100; }

EXPORT("add") int add(int a, int b) { return a + b; }

EXPORT("remember") int remember(int by) { return remembered += by; }

EXPORT("now_ms") long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

EXPORT("exit_with") void exit_with(int code) { exit(code); }
