// command-c: a wasi:cli/run component without libc: echoes its arguments, environment, configuration
// and standard input, sleeps a little, and exits as its first argument says.
#include "canonical.h"
#define CLI(name) "wasi:cli/" name "@0.2.3"
#define STREAMS "wasi:io/streams@0.2.3"

typedef struct { u8 is_error; union { Bytes list; struct { u8 tag; int error; } failure; }; } StreamResult;
typedef struct { u8 is_error; union { OptionBytes option; struct { u8 tag; Bytes message; } failure; }; } ConfigResult;

IMPORT(CLI("environment"), "get-environment") void get_environment(Bytes *);
IMPORT(CLI("environment"), "get-arguments") void get_arguments(Bytes *);
IMPORT(CLI("exit"), "exit") void exit_with(int);
IMPORT(CLI("stdin"), "get-stdin") int get_stdin(void);
IMPORT(CLI("stdout"), "get-stdout") int get_stdout(void);
IMPORT(CLI("stderr"), "get-stderr") int get_stderr(void);
IMPORT(STREAMS, "[method]input-stream.blocking-read") void blocking_read(int, u64, StreamResult *);
IMPORT(STREAMS, "[method]output-stream.blocking-write-and-flush") void blocking_write(int, u8 *, u32, StreamResult *);
IMPORT(STREAMS, "[resource-drop]input-stream") void drop_input(int);
IMPORT(STREAMS, "[resource-drop]output-stream") void drop_output(int);
IMPORT("wasi:clocks/monotonic-clock@0.2.3", "now") u64 monotonic_now(void);
IMPORT("wasi:clocks/monotonic-clock@0.2.3", "subscribe-duration") int subscribe_duration(u64);
IMPORT("wasi:io/poll@0.2.3", "poll") void poll(int *, u32, Bytes *);
IMPORT("wasi:io/poll@0.2.3", "[resource-drop]pollable") void drop_pollable(int);
IMPORT("wasi:random/random@0.2.3", "get-random-u64") u64 random_u64(void);
IMPORT("wasi:config/store@0.2.0-rc.1", "get") void config_get(u8 *, u32, ConfigResult *);

static void print(int stream, Bytes text) {
  StreamResult outcome;
  blocking_write(stream, text.data, text.length, &outcome);
}

static void print_line(int stream, Bytes label, Bytes text) {
  print(stream, label);
  print(stream, text);
  print(stream, LITERAL("\n"));
}

static int is(Bytes text, Bytes other) {
  if (text.length != other.length) return 0;
  for (u32 i = 0; i < text.length; i++) if (text.data[i] != other.data[i]) return 0;
  return 1;
}

static int has_argument(Bytes arguments, Bytes wanted) {
  for (u32 i = 0; i < arguments.length; i++) if (is(((Bytes *)arguments.data)[i], wanted)) return 1;
  return 0;
}

static void print_surroundings(int out, Bytes arguments) {
  Bytes environment;
  for (u32 i = 0; i < arguments.length; i++) print_line(out, LITERAL("arg "), ((Bytes *)arguments.data)[i]);
  get_environment(&environment);
  for (u32 i = 0; i < environment.length; i++) {
    Bytes *pair = (Bytes *)environment.data + 2 * i;
    print_line(out, LITERAL("env "), join(join(pair[0], LITERAL("=")), pair[1]));
  }
  ConfigResult config;
  config_get((u8 *)"greeting", 8, &config);
  if (!config.is_error && config.option.tag) print_line(out, LITERAL("config "), config.option.value);
}

static void copy_input(int out) {
  int in = get_stdin();
  StreamResult chunk;
  for (blocking_read(in, 16, &chunk); !chunk.is_error; blocking_read(in, 16, &chunk)) print(out, chunk.list);
  drop_input(in);
}

/// Says whether polling two timers woke up for the shorter one and took at least its time.
static int sleeps(void) {
  u64 start = monotonic_now();
  int timers[2] = {subscribe_duration(3600000000000ull), subscribe_duration(2000000)};
  Bytes ready;
  poll(timers, 2, &ready);
  drop_pollable(timers[0]);
  drop_pollable(timers[1]);
  return ready.length == 1 && *(u32 *)ready.data == 1 && monotonic_now() - start >= 2000000;
}

EXPORT("wasi:cli/run@0.2.3#run") int run(void) {
  Bytes arguments;
  get_arguments(&arguments);
  int out = get_stdout(), err = get_stderr();
  print_surroundings(out, arguments);
  copy_input(out);
  print_line(err, LITERAL("slept "), sleeps() ? LITERAL("yes") : LITERAL("no"));
  print_line(err, LITERAL("random "), random_u64() != random_u64() ? LITERAL("yes") : LITERAL("no"));
  if (has_argument(arguments, LITERAL("--exit-ok"))) exit_with(0);
  if (has_argument(arguments, LITERAL("--exit-error"))) exit_with(1);
  drop_output(out);
  drop_output(err);
  arena_reset();
  return has_argument(arguments, LITERAL("--fail"));
}
