// counter-draft2: the same store in the shape that Spin guests import: string cursors, signed
// increments, compare-and-swap handles.
#define VERSION "0.2.0-draft2"
#include "keyvalue.h"

typedef struct { u8 is_error; union { s64 number; StoreError error; }; } IncrementResult;
typedef struct { Bytes keys; OptionBytes cursor; } KeyResponse;
typedef struct { u8 is_error; union { KeyResponse page; StoreError error; }; } ListResult;
enum { STORE_ERROR, CAS_FAILED };
typedef struct { u8 tag; union { StoreError error; int fresh; }; } CasError;
typedef struct { u8 is_error; CasError error; } SwapResult;

IMPORT(STORE, "[method]bucket.list-keys") void bucket_list(int, int, u8 *, u32, ListResult *);
IMPORT(ATOMICS, "increment") void increment(int, u8 *, u32, s64, IncrementResult *);
IMPORT(ATOMICS, "[static]cas.new") void cas_new(int, u8 *, u32, StoreResult *);
IMPORT(ATOMICS, "[method]cas.current") void cas_current(int, StoreResult *);
IMPORT(ATOMICS, "[resource-drop]cas") void cas_drop(int);
IMPORT(ATOMICS, "swap") void cas_swap(int, u8 *, u32, SwapResult *);

static Answer64 count;

EXPORT("bump") Answer64 *bump(u8 *key, u32 length, s64 delta) {
  int bucket = open_default();
  if (bucket < 0) {
    count = (Answer64){.is_error = 1, .error = answer.error};
    return &count;
  }
  IncrementResult outcome;
  increment(bucket, key, length, delta, &outcome);
  bucket_drop(bucket);
  if (outcome.is_error) count = (Answer64){.is_error = 1, .error = error_text(&outcome.error)};
  else count = (Answer64){.is_error = 0, .number = (u64)outcome.number};
  return &count;
}

EXPORT("keys") Answer *keys(void) {
  int bucket = open_default();
  if (bucket < 0) return &answer;
  ListResult outcome = {0};
  Bytes all = {0, 0};
  do {
    OptionBytes cursor = outcome.page.cursor;
    bucket_list(bucket, cursor.tag, cursor.value.data, cursor.value.length, &outcome);
    if (!outcome.is_error) all = append(all, outcome.page.keys);
  } while (!outcome.is_error && outcome.page.cursor.tag);
  bucket_drop(bucket);
  if (outcome.is_error) return refuse(&outcome.error);
  succeed()->list = all;
  return &answer;
}

EXPORT("get-many") Answer *get_many(Bytes *keys, u32 length) {
  WITH_BUCKET(batch_get(bucket, keys, length, &outcome), succeed()->list = outcome.list);
}

typedef struct { u8 *key; u32 length; Bytes value; int has_between; Bytes between; } Swap;

/// Counts attempts into `answer.number`; 0 when the only attempt that was allowed failed.
static Answer *swap_in(int bucket, const Swap *swap, u32 most) {
  StoreResult outcome;
  cas_new(bucket, swap->key, swap->length, &outcome);
  if (outcome.is_error) return refuse(&outcome.error);
  int cas = outcome.handle;
  // The handle's snapshot is taken before another writer comes between.
  cas_current(cas, &outcome);
  if (!outcome.is_error && swap->has_between)
    bucket_set(bucket, swap->key, swap->length, swap->between.data, swap->between.length, &outcome);
  if (outcome.is_error) {
    cas_drop(cas);
    return refuse(&outcome.error);
  }
  for (u32 attempt = 1; attempt <= most; attempt++) {
    SwapResult swapped;
    cas_swap(cas, swap->value.data, swap->value.length, &swapped);
    if (!swapped.is_error) {
      succeed()->number = attempt;
      return &answer;
    }
    if (swapped.error.tag == STORE_ERROR) return refuse(&swapped.error.error);
    cas = swapped.error.fresh;
  }
  cas_drop(cas);
  return succeed();
}

static Answer *swap_default(const Swap *swap, u32 most) {
  int bucket = open_default();
  if (bucket < 0) return &answer;
  swap_in(bucket, swap, most);
  bucket_drop(bucket);
  return &answer;
}

EXPORT("swap")
Answer *swap(u8 *key, u32 length, u8 *value, u32 size, int some, u8 *between, u32 between_size) {
  Swap wanted = {key, length, {value, size}, some, {between, between_size}};
  Answer *swapped = swap_default(&wanted, 1);
  if (!swapped->is_error) swapped->flag = swapped->number == 1;
  return swapped;
}

EXPORT("swap-until")
Answer *swap_until(u8 *key, u32 length, u8 *value, u32 size, int some, u8 *between, u32 between_size) {
  Swap wanted = {key, length, {value, size}, some, {between, between_size}};
  return swap_default(&wanted, 10);
}

AFTER("bump") void after_bump(void *_) { arena_reset(); }
AFTER("keys") void after_keys(void *_) { arena_reset(); }
AFTER("get-many") void after_get_many(void *_) { arena_reset(); }
AFTER("swap") void after_swap(void *_) { arena_reset(); }
AFTER("swap-until") void after_swap_until(void *_) { arena_reset(); }
