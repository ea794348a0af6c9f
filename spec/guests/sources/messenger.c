// messenger-c: publishes, asks and handles messages by wasmcloud:messaging@0.2.0.
#include "messaging.h"
#define CONSUMER "wasmcloud:messaging/consumer@0.2.0"
#define HANDLE "wasmcloud:messaging/handler@0.2.0#handle-message"
#define POLL "wasi:io/poll@0.2.3"

typedef struct { Bytes subject, body; OptionBytes reply_to; } BrokerMessage;
typedef struct { u8 is_error; union { BrokerMessage message; Bytes error; }; } RequestResult;
/// `result<_, string>` and `result<list<u8>, string>`
typedef struct { u8 is_error; Bytes value; } Answer;

IMPORT(CONSUMER, "publish") void consumer_publish(u8 *, u32, u8 *, u32, int, u8 *, u32, Answer *);
IMPORT(CONSUMER, "request") void consumer_request(u8 *, u32, u8 *, u32, u32, RequestResult *);
IMPORT("wasi:clocks/monotonic-clock@0.2.3", "subscribe-duration") int subscribe_duration(u64);
IMPORT(POLL, "[method]pollable.block") void pollable_block(int);
IMPORT(POLL, "[resource-drop]pollable") void pollable_drop(int);

static Answer answer;

EXPORT("publish") Answer *publish(u8 *subject, u32 length, u8 *body, u32 size) {
  consumer_publish(subject, length, body, size, 0, 0, 0, &answer);
  return &answer;
}

/// Names the topic that answers are to go to, which may be any.
EXPORT("publish-reply-to")
Answer *publish_reply_to(u8 *subject, u32 length, u8 *body, u32 size, u8 *reply, u32 reply_length) {
  consumer_publish(subject, length, body, size, 1, reply, reply_length, &answer);
  return &answer;
}

EXPORT("request")
Answer *request(u8 *subject, u32 length, u8 *body, u32 size, u32 timeout_ms) {
  RequestResult outcome;
  consumer_request(subject, length, body, size, timeout_ms, &outcome);
  answer.is_error = outcome.is_error;
  answer.value = outcome.is_error ? outcome.error : outcome.message.body;
  return &answer;
}

/// slow.<ms>
static void wait_as_told(Bytes subject) {
  Bytes digits = after_token(subject, LITERAL("slow"));
  u64 ms = 0;
  for (u32 i = 0; i < digits.length && digits.data[i] >= '0' && digits.data[i] <= '9'; i++)
    ms = ms * 10 + (digits.data[i] - '0');
  if (!ms) return;
  int pollable = subscribe_duration(ms * 1000000);
  pollable_block(pollable);
  pollable_drop(pollable);
}

EXPORT(HANDLE)
Answer *handle(u8 *subject, u32 length, u8 *body, u32 size, int has_reply_to, u8 *reply_to,
               u32 reply_length) {
  Bytes topic = {subject, length};
  answer = (Answer){0};
  wait_as_told(topic);
  remember(topic, (Bytes){body, size});
  if (HAS_TOKEN(topic, "trap")) __builtin_trap();
  if (HAS_TOKEN(topic, "fail")) answer = (Answer){1, join(LITERAL("told to fail by "), topic)};
  else if (has_reply_to && HAS_TOKEN(topic, "echo"))
    consumer_publish(reply_to, reply_length, body, size, 0, 0, 0, &answer);
  return &answer;
}

AFTER("publish") void after_publish(void *_) { arena_reset(); }
AFTER("publish-reply-to") void after_publish_reply_to(void *_) { arena_reset(); }
AFTER("request") void after_request(void *_) { arena_reset(); }
AFTER(HANDLE) void after_handle(void *_) { arena_reset(); }
