// The part of wasi:keyvalue that has the same shape in both drafts. A source defines VERSION first,
// because the version is a part of every import's name.
#pragma once
#include "canonical.h"
#define STORE "wasi:keyvalue/store@" VERSION
#define ATOMICS "wasi:keyvalue/atomics@" VERSION
#define BATCH "wasi:keyvalue/batch@" VERSION

/// `variant error { no-such-store, access-denied, other(string) }` of both keyvalue drafts.
enum { NO_SUCH_STORE, ACCESS_DENIED };
typedef struct { u8 tag; Bytes message; } StoreError;

typedef struct { u8 is_error; union { int handle; u8 flag; OptionBytes option; Bytes list; StoreError error; }; } StoreResult;

/// `result<…, string>` as the guests' own exports answer it.
typedef struct { u8 is_error; union { u8 flag; u32 number; OptionBytes option; Bytes list; Bytes error; }; } Answer;
typedef struct { u8 is_error; union { u64 number; Bytes error; }; } Answer64;

IMPORT(STORE, "open") void store_open(u8 *, u32, StoreResult *);
IMPORT(STORE, "[method]bucket.get") void bucket_get(int, u8 *, u32, StoreResult *);
IMPORT(STORE, "[method]bucket.set") void bucket_set(int, u8 *, u32, u8 *, u32, StoreResult *);
IMPORT(STORE, "[method]bucket.delete") void bucket_delete(int, u8 *, u32, StoreResult *);
IMPORT(STORE, "[method]bucket.exists") void bucket_exists(int, u8 *, u32, StoreResult *);
IMPORT(STORE, "[resource-drop]bucket") void bucket_drop(int);
IMPORT(BATCH, "get-many") void batch_get(int, Bytes *, u32, StoreResult *);
IMPORT(BATCH, "set-many") void batch_set(int, void *, u32, StoreResult *);
IMPORT(BATCH, "delete-many") void batch_delete(int, Bytes *, u32, StoreResult *);

static Answer answer;

static Bytes error_text(const StoreError *error) {
  if (error->tag == NO_SUCH_STORE) return LITERAL("no-such-store");
  if (error->tag == ACCESS_DENIED) return LITERAL("access-denied");
  return join(LITERAL("other: "), error->message);
}

static Answer *refuse(const StoreError *error) {
  answer = (Answer){.is_error = 1, .error = error_text(error)};
  return &answer;
}

static Answer *succeed(void) {
  answer = (Answer){.is_error = 0};
  return &answer;
}

/// Opens the default bucket or leaves the refusal in `answer`.
static int open_default(void) {
  StoreResult opened;
  store_open((u8 *)"default", 7, &opened);
  if (!opened.is_error) return opened.handle;
  refuse(&opened.error);
  return -1;
}

/// One store operation on the default bucket: OPERATION sees `bucket` and fills `outcome`, ANSWER
/// turns a good outcome into the export's answer.
#define WITH_BUCKET(OPERATION, ANSWER)               \
  int bucket = open_default();                       \
  if (bucket < 0) return &answer;                    \
  StoreResult outcome;                               \
  OPERATION;                                         \
  bucket_drop(bucket);                               \
  if (outcome.is_error) return refuse(&outcome.error); \
  ANSWER;                                            \
  return &answer

EXPORT("read") Answer *read(u8 *key, u32 length) {
  WITH_BUCKET(bucket_get(bucket, key, length, &outcome), succeed()->option = outcome.option);
}

EXPORT("write") Answer *write(u8 *key, u32 length, u8 *value, u32 size) {
  WITH_BUCKET(bucket_set(bucket, key, length, value, size, &outcome), succeed());
}

EXPORT("remove") Answer *remove(u8 *key, u32 length) {
  WITH_BUCKET(bucket_delete(bucket, key, length, &outcome), succeed());
}

EXPORT("has") Answer *has(u8 *key, u32 length) {
  WITH_BUCKET(bucket_exists(bucket, key, length, &outcome), succeed()->flag = outcome.flag);
}

EXPORT("set-many") Answer *set_many(void *entries, u32 count) {
  WITH_BUCKET(batch_set(bucket, entries, count, &outcome), succeed());
}

EXPORT("remove-many") Answer *remove_many(Bytes *keys, u32 count) {
  WITH_BUCKET(batch_delete(bucket, keys, count, &outcome), succeed());
}

/// Appends a page of keys; the pages lie apart in the arena, so the list is made anew.
static Bytes append(Bytes list, Bytes page) {
  Bytes *all = arena_take((list.length + page.length) * sizeof(Bytes), 4);
  for (u32 i = 0; i < list.length; i++) all[i] = ((Bytes *)list.data)[i];
  for (u32 i = 0; i < page.length; i++) all[list.length + i] = ((Bytes *)page.data)[i];
  return (Bytes){(u8 *)all, list.length + page.length};
}

AFTER("read") void after_read(void *_) { arena_reset(); }
AFTER("write") void after_write(void *_) { arena_reset(); }
AFTER("remove") void after_remove(void *_) { arena_reset(); }
AFTER("has") void after_has(void *_) { arena_reset(); }
AFTER("set-many") void after_set_many(void *_) { arena_reset(); }
AFTER("remove-many") void after_remove_many(void *_) { arena_reset(); }
