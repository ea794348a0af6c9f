// extism-wasi: a plug-in that was compiled for preview 1, as most are: a reactor with a C library.
#include "extism.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int begun;

__attribute__((constructor)) static void begin(void) { begun = 100; }

EXPORT("begun") int plugin_begun(void) {
  char text[32];
  snprintf(text, sizeof text, "%d", ++begun);
  answer(give_text(text));
  return 0;
}

// Prints the input and answers what the file says that it names.
EXPORT("read_file") int read_file(void) {
  const uint64_t length = input_length();
  char *name = calloc(length + 1, 1);
  for (uint64_t at = 0; at < length; at++) name[at] = (char)input_load_u8(at);
  printf("reading %s\n", name);
  fflush(stdout);
  FILE *file = fopen(name, "r");
  free(name);
  if (file == NULL) {
    error_set(give_text("no such file"));
    return 1;
  }
  char text[256];
  const size_t read = fread(text, 1, sizeof text, file);
  fclose(file);
  answer(give(text, read));
  return 0;
}

EXPORT("year") int year(void) {
  const time_t now = time(NULL);
  char text[8];
  strftime(text, sizeof text, "%Y", gmtime(&now));
  answer(give_text(text));
  return 0;
}

EXPORT("leave") int leave(void) { exit((int)input_load_u8(0)); }
