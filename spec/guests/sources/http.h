// wasi:http/types and wasi:http/outgoing-handler as memory shapes, with wasi:io and the clock that go
// with them.
#pragma once
#include "canonical.h"
#define HTTP "wasi:http/types@0.2.6"
#define STREAMS "wasi:io/streams@0.2.6"
#define POLL "wasi:io/poll@0.2.6"

/// `variant error-code`: the cases by number; only the last has a payload that is looked at.
enum { INTERNAL_ERROR = 38 };
typedef struct { u8 tag; u64 : 0; union { OptionBytes text; u64 room[3]; }; } ErrorCode;
typedef struct { u8 is_error; union { int handle; u8 code; }; } HandleResult;
typedef struct { u8 is_error; union { int handle; ErrorCode error; }; } CodedResult;
typedef struct { u8 is_some; ErrorCode error; } OptionalCode;
typedef struct { u8 is_some; struct { u8 is_taken; CodedResult outcome; } got; } FutureResult;

/// `variant stream-error`: what failed, if it is not merely closed.
enum { LAST_OPERATION_FAILED, CLOSED };
typedef struct { u8 tag; int error; } StreamError;
typedef struct { u8 is_error; StreamError error; } WriteResult;
typedef struct { u8 is_error; union { u64 number; StreamError error; }; } RoomResult;
typedef struct { u8 is_error; union { Bytes list; StreamError error; }; } ReadResult;
typedef struct { u8 is_error; union { u64 trailers; ErrorCode error; }; } TrailersOutcome;
typedef struct { u8 is_some; struct { u8 is_taken; TrailersOutcome outcome; } got; } TrailersResult;

IMPORT(HTTP, "[static]fields.from-list") void fields_from_list(void *, u32, HandleResult *);
IMPORT(HTTP, "[method]fields.entries") void fields_entries(int, Bytes *);
IMPORT(HTTP, "[resource-drop]fields") void fields_drop(int);
IMPORT(HTTP, "[constructor]outgoing-request") int request_new(int);
IMPORT(HTTP, "[method]outgoing-request.set-method") int request_set_method(int, int, u8 *, u32);
IMPORT(HTTP, "[method]outgoing-request.set-scheme") int request_set_scheme(int, int, int, u8 *, u32);
IMPORT(HTTP, "[method]outgoing-request.set-authority") int request_set_authority(int, int, u8 *, u32);
IMPORT(HTTP, "[method]outgoing-request.set-path-with-query") int request_set_path(int, int, u8 *, u32);
IMPORT(HTTP, "[method]outgoing-request.body") void request_body(int, HandleResult *);
IMPORT(HTTP, "[resource-drop]outgoing-request") void request_drop(int);
IMPORT(HTTP, "[method]outgoing-body.write") void outgoing_body_write(int, HandleResult *);
IMPORT(HTTP, "[static]outgoing-body.finish") void outgoing_body_finish(int, int, int, CodedResult *);
IMPORT(HTTP, "[resource-drop]outgoing-body") void outgoing_body_drop(int);
IMPORT(HTTP, "[method]future-incoming-response.subscribe") int future_subscribe(int);
IMPORT(HTTP, "[method]future-incoming-response.get") void future_get(int, FutureResult *);
IMPORT(HTTP, "[resource-drop]future-incoming-response") void future_drop(int);
IMPORT(HTTP, "[method]incoming-response.status") u32 response_status(int);
IMPORT(HTTP, "[method]incoming-response.headers") int response_headers(int);
IMPORT(HTTP, "[method]incoming-response.consume") void response_consume(int, HandleResult *);
IMPORT(HTTP, "[resource-drop]incoming-response") void response_drop(int);
IMPORT(HTTP, "[method]incoming-body.stream") void incoming_body_stream(int, HandleResult *);
IMPORT(HTTP, "[static]incoming-body.finish") int incoming_body_finish(int);
IMPORT(HTTP, "[method]future-trailers.get") void trailers_get(int, TrailersResult *);
IMPORT(HTTP, "[resource-drop]future-trailers") void trailers_drop(int);
IMPORT(HTTP, "http-error-code") void http_error_code(int, OptionalCode *);
IMPORT("wasi:http/outgoing-handler@0.2.6", "handle") void handle(int, int, int, CodedResult *);

IMPORT(STREAMS, "[method]input-stream.read") void input_read(int, u64, ReadResult *);
IMPORT(STREAMS, "[method]input-stream.subscribe") int input_subscribe(int);
IMPORT(STREAMS, "[resource-drop]input-stream") void input_drop(int);
IMPORT(STREAMS, "[method]output-stream.check-write") void output_check_write(int, RoomResult *);
IMPORT(STREAMS, "[method]output-stream.write") void output_write(int, u8 *, u32, WriteResult *);
IMPORT(STREAMS, "[method]output-stream.blocking-flush") void output_flush(int, WriteResult *);
IMPORT(STREAMS, "[method]output-stream.subscribe") int output_subscribe(int);
IMPORT(STREAMS, "[resource-drop]output-stream") void output_drop(int);
IMPORT("wasi:io/error@0.2.6", "[resource-drop]error") void error_drop(int);
IMPORT(POLL, "[method]pollable.block") void pollable_block(int);
IMPORT(POLL, "poll") void poll(int *, u32, Bytes *);
IMPORT(POLL, "[resource-drop]pollable") void pollable_drop(int);
IMPORT("wasi:clocks/monotonic-clock@0.2.6", "subscribe-duration") int subscribe_duration(u64);

static const char *const ERROR_NAMES[] = {
  "DNS-timeout", "DNS-error", "destination-not-found", "destination-unavailable",
  "destination-IP-prohibited", "destination-IP-unroutable", "connection-refused",
  "connection-terminated", "connection-timeout", "connection-read-timeout",
  "connection-write-timeout", "connection-limit-reached", "TLS-protocol-error",
  "TLS-certificate-error", "TLS-alert-received", "HTTP-request-denied",
  "HTTP-request-length-required", "HTTP-request-body-size", "HTTP-request-method-invalid",
  "HTTP-request-URI-invalid", "HTTP-request-URI-too-long", "HTTP-request-header-section-size",
  "HTTP-request-header-size", "HTTP-request-trailer-section-size", "HTTP-request-trailer-size",
  "HTTP-response-incomplete", "HTTP-response-header-section-size", "HTTP-response-header-size",
  "HTTP-response-body-size", "HTTP-response-trailer-section-size", "HTTP-response-trailer-size",
  "HTTP-response-transfer-coding", "HTTP-response-content-coding", "HTTP-response-timeout",
  "HTTP-upgrade-failed", "HTTP-protocol-error", "loop-detected", "configuration-error",
  "internal-error",
};

static Bytes text_of(const char *text) {
  u32 length = 0;
  while (text[length]) length++;
  return (Bytes){(u8 *)text, length};
}

static Bytes code_text(const ErrorCode *error) {
  Bytes name = text_of(ERROR_NAMES[error->tag]);
  if (error->tag != INTERNAL_ERROR || !error->text.tag) return name;
  return join(join(name, LITERAL(": ")), error->text.value);
}

/// What a stream failed of; the error is dropped.
static Bytes stream_text(const StreamError *error) {
  if (error->tag == CLOSED) return LITERAL("closed");
  OptionalCode code;
  http_error_code(error->error, &code);
  error_drop(error->error);
  return code.is_some ? code_text(&code.error) : LITERAL("no HTTP error");
}
