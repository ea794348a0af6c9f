// messenger-draft: publishes, asks and handles messages by wasi:messaging@0.2.0-draft.
#include "messaging.h"
#define TYPES "wasi:messaging/types@0.2.0-draft"
#define REQUEST_REPLY "wasi:messaging/request-reply@0.2.0-draft"
#define HANDLE "wasi:messaging/incoming-handler@0.2.0-draft#handle"

/// `variant error { timeout, connection(string), permission-denied(string), other(string) }`
enum { TIMEOUT, CONNECTION, PERMISSION_DENIED, OTHER };
typedef struct { u8 tag; Bytes text; } Error;
typedef struct { u8 is_error; union { int handle; Bytes list; Error error; }; } Outcome;
/// `result<…, string>`
typedef struct { u8 is_error; Bytes value; } Answer;

IMPORT(TYPES, "[static]client.connect") void client_connect(u8 *, u32, Outcome *);
IMPORT(TYPES, "[resource-drop]client") void client_drop(int);
IMPORT(TYPES, "[constructor]message") int message_new(u8 *, u32);
IMPORT(TYPES, "[method]message.topic") void message_topic(int, OptionBytes *);
IMPORT(TYPES, "[method]message.data") void message_data(int, Bytes *);
IMPORT(TYPES, "[method]message.set-content-type") void message_set_content_type(int, u8 *, u32);
IMPORT(TYPES, "[method]message.add-metadata") void message_add_metadata(int, u8 *, u32, u8 *, u32);
IMPORT(TYPES, "[resource-drop]message") void message_drop(int);
IMPORT("wasi:messaging/producer@0.2.0-draft", "send") void producer_send(int, u8 *, u32, int, Outcome *);
IMPORT(REQUEST_REPLY, "[constructor]request-options") int options_new(void);
IMPORT(REQUEST_REPLY, "[method]request-options.set-timeout-ms") void options_timeout(int, u32);
IMPORT(REQUEST_REPLY, "[method]request-options.set-expected-replies") void options_replies(int, u32);
IMPORT(REQUEST_REPLY, "request") void ask(int, u8 *, u32, int, int, int, Outcome *);
IMPORT(REQUEST_REPLY, "reply") void reply(int, int, Outcome *);

static Answer answer;
static Outcome handled;

static Bytes error_text(const Error *error) {
  switch (error->tag) {
    case TIMEOUT: return LITERAL("timeout");
    case CONNECTION: return join(LITERAL("connection: "), error->text);
    case PERMISSION_DENIED: return join(LITERAL("permission-denied: "), error->text);
  }
  return join(LITERAL("other: "), error->text);
}

static Answer *answer_of(const Outcome *outcome) {
  answer = (Answer){outcome->is_error};
  if (outcome->is_error) answer.value = error_text(&outcome->error);
  return &answer;
}

static int connect(void) {
  Outcome connected;
  client_connect((u8 *)"default", 7, &connected);
  if (connected.is_error) __builtin_trap();
  return connected.handle;
}

EXPORT("publish") Answer *publish(u8 *topic, u32 length, u8 *body, u32 size) {
  int client = connect(), message = message_new(body, size);
  message_set_content_type(message, (u8 *)"text/plain", 10);
  message_add_metadata(message, (u8 *)"from", 4, (u8 *)"messenger", 9);
  Outcome sent;
  producer_send(client, topic, length, message, &sent);
  client_drop(client);
  return answer_of(&sent);
}

static Outcome asked(u8 *topic, u32 length, u8 *body, u32 size, int options) {
  int client = connect(), message = message_new(body, size);
  Outcome outcome;
  ask(client, topic, length, message, 1, options, &outcome);
  message_drop(message);
  client_drop(client);
  return outcome;
}

/// Replaces the handles of messages by their data.
static Bytes data_of(Bytes messages) {
  Bytes *data = arena_take(messages.length * sizeof(Bytes), 4);
  for (u32 i = 0; i < messages.length; i++) {
    int message = ((int *)messages.data)[i];
    message_data(message, &data[i]);
    message_drop(message);
  }
  return (Bytes){(u8 *)data, messages.length};
}

EXPORT("request") Answer *request(u8 *topic, u32 length, u8 *body, u32 size, u32 timeout_ms) {
  int options = options_new();
  options_timeout(options, timeout_ms);
  Outcome outcome = asked(topic, length, body, size, options);
  answer_of(&outcome);
  if (!outcome.is_error) answer.value = ((Bytes *)data_of(outcome.list).data)[0];
  return &answer;
}

EXPORT("request-many")
Answer *request_many(u8 *topic, u32 length, u8 *body, u32 size, u32 timeout_ms, u32 replies) {
  int options = options_new();
  options_timeout(options, timeout_ms);
  options_replies(options, replies);
  Outcome outcome = asked(topic, length, body, size, options);
  answer_of(&outcome);
  if (!outcome.is_error) answer.value = data_of(outcome.list);
  return &answer;
}

/// Never drops them: what a guest that leaks messages comes to.
EXPORT("hoard") void hoard(u32 count, u32 size) {
  for (u32 i = 0; i < count; i++) message_new((u8 *)arena_take(size, 1), size), arena_reset();
}

EXPORT(HANDLE) Outcome *handle(int message) {
  OptionBytes topic;
  Bytes body;
  message_topic(message, &topic);
  message_data(message, &body);
  handled = (Outcome){0};
  remember(topic.value, body);
  if (HAS_TOKEN(topic.value, "trap")) __builtin_trap();
  if (HAS_TOKEN(topic.value, "fail")) {
    handled.is_error = 1;
    handled.error = (Error){OTHER, LITERAL("told to fail")};
  } else if (HAS_TOKEN(topic.value, "echo")) {
    reply(message, message_new(body.data, body.length), &handled);
  }
  if (!HAS_TOKEN(topic.value, "keep")) message_drop(message);
  return &handled;
}

AFTER("publish") void after_publish(void *_) { arena_reset(); }
AFTER("request") void after_request(void *_) { arena_reset(); }
AFTER("request-many") void after_request_many(void *_) { arena_reset(); }
AFTER(HANDLE) void after_handle(void *_) { arena_reset(); }
