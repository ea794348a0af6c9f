// hello-c: a preview1 command with libc. It shows all it can see, and its options do what a
// supervisor must survive: --exit=N, --cat=PATH, --sleep=MS, --spin, --abort.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern char **environ;

static void copy_lines(const char *label, FILE *from) {
  char line[256];
  while (fgets(line, sizeof line, from)) printf("%s: %s%s", label, line, strchr(line, '\n') ? "" : "\n");
}

static void cat(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return;
  }
  copy_lines(path, file);
  fclose(file);
}

static void write_and_read_back(void) {
  FILE *file = fopen("/greeting.txt", "w");
  if (!file) {
    fprintf(stderr, "/greeting.txt: %s\n", strerror(errno));
    return;
  }
  fputs("written by the guest\n", file);
  fclose(file);
  cat("/greeting.txt");
}

int main(int argc, char **argv) {
  int code = 0;
  for (int i = 0; i < argc; i++) printf("arg: %s\n", argv[i]);
  for (char **pair = environ; *pair; pair++) printf("env: %s\n", *pair);
  copy_lines("stdin", stdin);
  write_and_read_back();
  fflush(stdout);
  for (int i = 1; i < argc; i++) {
    if (!strncmp(argv[i], "--exit=", 7)) code = atoi(argv[i] + 7);
    if (!strncmp(argv[i], "--cat=", 6)) cat(argv[i] + 6);
    if (!strncmp(argv[i], "--sleep=", 8)) {
      long ms = atol(argv[i] + 8);
      nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, 0);
    }
    if (!strcmp(argv[i], "--abort")) abort();
    if (!strcmp(argv[i], "--spin"))
      for (volatile int turn = 0;; turn++) {
      }
  }
  return code;
}
