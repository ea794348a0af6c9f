// What both messaging guests share: a bounded memory of what was received, and topics by their tokens.
#pragma once
#include "canonical.h"

#define KEPT 1024
#define KEPT_BYTES 64

/// `tuple<string, list<u8>>`
typedef struct { Bytes topic, body; } Received;

static struct { u8 topic[KEPT_BYTES], body[KEPT_BYTES]; } kept_bytes[KEPT];
static Received kept[KEPT];
static Bytes received_list = {(u8 *)kept, 0};

static Bytes keep(u8 *place, Bytes value) {
  u32 length = value.length < KEPT_BYTES ? value.length : KEPT_BYTES;
  for (u32 i = 0; i < length; i++) place[i] = value.data[i];
  return (Bytes){place, length};
}

/// Keeps the first messages of a life and what fits of each; arguments are gone after the call.
static void remember(Bytes topic, Bytes body) {
  u32 at = received_list.length;
  if (at == KEPT) return;
  kept[at] = (Received){keep(kept_bytes[at].topic, topic), keep(kept_bytes[at].body, body)};
  received_list.length++;
}

static int same(Bytes a, Bytes b) {
  if (a.length != b.length) return 0;
  for (u32 i = 0; i < a.length; i++)
    if (a.data[i] != b.data[i]) return 0;
  return 1;
}

/// What follows a token, an empty text behind the last one, or no data where there is no such token.
static Bytes after_token(Bytes topic, Bytes token) {
  u32 start = 0;
  for (u32 i = 0; i <= topic.length; i++) {
    if (i < topic.length && topic.data[i] != '.') continue;
    if (same((Bytes){topic.data + start, i - start}, token)) {
      u32 next = i < topic.length ? i + 1 : i;
      return (Bytes){topic.data + next, topic.length - next};
    }
    start = i + 1;
  }
  return (Bytes){0, 0};
}

#define HAS_TOKEN(topic, token) (after_token(topic, LITERAL(token)).data != 0)

EXPORT("received") Bytes *received(void) { return &received_list; }

EXPORT("forget") void forget(void) { received_list.length = 0; }
