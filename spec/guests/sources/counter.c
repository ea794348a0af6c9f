// counter-c: the general-purpose component guest, wasi:keyvalue@0.2.0-draft with UTF-8 strings.
#define VERSION "0.2.0-draft"
#include "keyvalue.h"

typedef struct { u8 is_error; union { u64 number; StoreError error; }; } IncrementResult;
typedef struct { Bytes keys; u8 has_cursor; u64 cursor; } KeyResponse;
typedef struct { u8 is_error; union { KeyResponse page; StoreError error; }; } ListResult;
typedef struct { u8 tag; Bytes key, value; } OptionEntry;

IMPORT(STORE, "[method]bucket.list-keys") void bucket_list(int, int, u64, ListResult *);
IMPORT(ATOMICS, "increment") void increment(int, u8 *, u32, u64, IncrementResult *);
IMPORT("wasi:logging/logging@0.1.0-draft", "log") void log_line(int, u8 *, u32, u8 *, u32);

static Answer64 count;

static Answer64 *refuse_count(Bytes text) {
  count = (Answer64){.is_error = 1, .error = text};
  return &count;
}

EXPORT("bump-many") Answer64 *bump_many(u8 *key, u32 length, u32 times) {
  int bucket = open_default();
  if (bucket < 0) return refuse_count(answer.error);
  count = (Answer64){.is_error = 0};
  IncrementResult outcome = {0};
  for (u32 i = 0; i < times && !outcome.is_error; i++) increment(bucket, key, length, 1, &outcome);
  bucket_drop(bucket);
  if (outcome.is_error) return refuse_count(error_text(&outcome.error));
  count.number = outcome.number;
  return &count;
}

EXPORT("bump") Answer64 *bump(u8 *key, u32 length) {
  Answer64 *bumped = bump_many(key, length, 1);
  if (!bumped->is_error) log_line(2, (u8 *)"counter", 7, (u8 *)"bumped", 6);
  return bumped;
}

/// For the benchmark: the cost of a get alone, without opening and dropping the bucket each time.
EXPORT("read-many") u32 read_many(u8 *key, u32 length, u32 times) {
  u32 found = 0;
  int bucket = open_default();
  u32 mark = arena_end;
  for (u32 i = 0; bucket >= 0 && i < times; i++) {
    StoreResult outcome;
    bucket_get(bucket, key, length, &outcome);
    if (!outcome.is_error && outcome.option.tag) found++;
    arena_end = mark;
  }
  if (bucket >= 0) bucket_drop(bucket);
  arena_reset();
  return found;
}

EXPORT("write-many") u32 write_many(u8 *key, u32 length, u8 *value, u32 size, u32 times) {
  u32 written = 0;
  int bucket = open_default();
  u32 mark = arena_end;
  for (u32 i = 0; bucket >= 0 && i < times; i++) {
    StoreResult outcome;
    bucket_set(bucket, key, length, value, size, &outcome);
    if (!outcome.is_error) written++;
    arena_end = mark;
  }
  if (bucket >= 0) bucket_drop(bucket);
  arena_reset();
  return written;
}

EXPORT("keys") Answer *keys(void) {
  int bucket = open_default();
  if (bucket < 0) return &answer;
  ListResult outcome = {0};
  Bytes all = {0, 0};
  do {
    bucket_list(bucket, outcome.page.has_cursor, outcome.page.cursor, &outcome);
    if (!outcome.is_error) all = append(all, outcome.page.keys);
  } while (!outcome.is_error && outcome.page.has_cursor);
  bucket_drop(bucket);
  if (outcome.is_error) return refuse(&outcome.error);
  succeed()->list = all;
  return &answer;
}

/// Drops the keys from the entries, in place: an answer is never larger than what it comes from.
static Bytes values_of(Bytes entries) {
  OptionBytes *values = (OptionBytes *)entries.data;
  for (u32 i = 0; i < entries.length; i++) {
    OptionEntry entry = ((OptionEntry *)entries.data)[i];
    values[i] = (OptionBytes){entry.tag, entry.value};
  }
  return entries;
}

EXPORT("get-many") Answer *get_many(Bytes *keys, u32 count) {
  WITH_BUCKET(batch_get(bucket, keys, count, &outcome), succeed()->list = values_of(outcome.list));
}

EXPORT("bucket-open") Answer *bucket_open(u8 *name, u32 length) {
  StoreResult opened;
  store_open(name, length, &opened);
  if (opened.is_error) return refuse(&opened.error);
  bucket_drop(opened.handle);
  return succeed();
}

EXPORT("add") u32 add(u32 a, u32 b) { return a + b; }

/// Would go on counting if any memory outlived a restart.
EXPORT("count-life") u32 count_life(void) {
  static u32 calls;
  return ++calls;
}

EXPORT("spin") void spin(void) {
  for (volatile u32 i = 0;; i++) {
  }
}

EXPORT("boom") void boom(void) { __builtin_trap(); }

AFTER("bump") void after_bump(void *_) { arena_reset(); }
AFTER("bump-many") void after_bump_many(void *_) { arena_reset(); }
AFTER("keys") void after_keys(void *_) { arena_reset(); }
AFTER("get-many") void after_get_many(void *_) { arena_reset(); }
AFTER("bucket-open") void after_bucket_open(void *_) { arena_reset(); }
