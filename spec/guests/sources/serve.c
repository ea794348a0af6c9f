// serve-c: answers requests by wasi:http. The first part of the path says what it does.
// It is thrown away after each request, or answers the next one with the memory it has.
#pragma clang diagnostic ignored "-Wunused-function"
#include "http.h"
#define STORE "wasi:keyvalue/store@0.2.0-draft"

typedef struct { u8 is_some; OptionBytes value; } OptionVariant;
typedef struct { Bytes name, value; } Header;
typedef struct { u8 tag; Bytes message; } StoreError;
typedef struct { u8 is_error; union { int handle; OptionBytes option; StoreError error; }; } StoreResult;

IMPORT(HTTP, "[method]incoming-request.method") void served_method(int, OptionBytes *);
IMPORT(HTTP, "[method]incoming-request.path-with-query") void served_path(int, OptionBytes *);
IMPORT(HTTP, "[method]incoming-request.scheme") void served_scheme(int, OptionVariant *);
IMPORT(HTTP, "[method]incoming-request.authority") void served_authority(int, OptionBytes *);
IMPORT(HTTP, "[method]incoming-request.headers") int served_headers(int);
IMPORT(HTTP, "[method]incoming-request.consume") void served_consume(int, HandleResult *);
IMPORT(HTTP, "[resource-drop]incoming-request") void served_drop(int);
IMPORT(HTTP, "[static]response-outparam.set") void outparam_set(int, int, int, int, u64, u32, int, int, int);
IMPORT(HTTP, "[constructor]outgoing-response") int response_new(int);
IMPORT(HTTP, "[method]outgoing-response.set-status-code") int response_set_status(int, int);
IMPORT(HTTP, "[method]outgoing-response.body") void response_body(int, HandleResult *);
IMPORT(STORE, "open") void store_open(u8 *, u32, StoreResult *);
IMPORT(STORE, "[method]bucket.get") void bucket_get(int, u8 *, u32, StoreResult *);
IMPORT(STORE, "[resource-drop]bucket") void bucket_drop(int);

enum { PIECE = 65536, KEPT_PAGES = 64 };
static const char *const METHODS[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
static const char *const SCHEMES[] = {"HTTP", "HTTPS"};

static u32 requests, calls;
static Bytes path;

static int is_path(const char *start) {
  u32 i = 0;
  for (; start[i]; i++) if (i == path.length || path.data[i] != start[i]) return 0;
  return i == path.length || path.data[i] == '?' || path.data[i] == '/';
}

/// The number behind the question mark.
static u32 number_asked(void) {
  u32 i = 0, number = 0;
  while (i < path.length && path.data[i] != '?') i++;
  while (++i < path.length) number = 10 * number + (path.data[i] - '0');
  return number;
}

static Bytes decimal(u32 number) {
  u8 *digits = arena_take(10, 1);
  u32 at = 10;
  do digits[--at] = (u8)('0' + number % 10); while (number /= 10);
  return (Bytes){digits + at, 10 - at};
}

static int fields_of(Header *headers, u32 count) {
  HandleResult fields;
  fields_from_list(headers, count, &fields);
  if (fields.is_error) __builtin_trap();
  return fields.handle;
}

/// Answers with a head; its body is written afterwards.
static int begin(int outparam, int status, Header *headers, u32 count) {
  HandleResult body;
  int response = response_new(fields_of(headers, count));
  response_set_status(response, status);
  response_body(response, &body);
  outparam_set(outparam, 0, response, 0, 0, 0, 0, 0, 0);
  return body.handle;
}

static int stream_of(int body) {
  HandleResult stream;
  outgoing_body_write(body, &stream);
  return stream.handle;
}

static u8 write_piece(int stream, Bytes content) {
  RoomResult room;
  WriteResult written;
  for (u32 done = 0; done < content.length;) {
    output_check_write(stream, &room);
    if (room.is_error) return 1;
    u32 size = content.length - done < room.number ? content.length - done : (u32)room.number;
    output_write(stream, content.data + done, size, &written);
    if (written.is_error) return 1;
    done += size;
  }
  return 0;
}

static void finish(int body, int has_trailers, int trailers) {
  CodedResult finished;
  outgoing_body_finish(body, has_trailers, trailers, &finished);
}

static void answer_text(int outparam, int status, Bytes text) {
  int body = begin(outparam, status, 0, 0), stream = stream_of(body);
  write_piece(stream, text);
  output_drop(stream);
  finish(body, 0, 0);
}

/// The head of the request as headers, and its body as it comes.
static void echo(int request, int outparam) {
  OptionBytes method, authority;
  OptionVariant scheme;
  Bytes given;
  served_method(request, &method);
  served_authority(request, &authority);
  served_scheme(request, &scheme);
  int fields = served_headers(request);
  fields_entries(fields, &given);
  fields_drop(fields);
  Header *headers = arena_take((given.length + 4) * sizeof(Header), 4);
  for (u32 i = 0; i < given.length; i++) headers[i] = ((Header *)given.data)[i];
  u32 count = given.length;
  headers[count++] = (Header){LITERAL("x-method"), method.tag < 9 ? text_of(METHODS[method.tag]) : method.value};
  headers[count++] = (Header){LITERAL("x-path"), path};
  if (authority.tag) headers[count++] = (Header){LITERAL("x-authority"), authority.value};
  if (scheme.is_some) headers[count++] = (Header){LITERAL("x-scheme"), scheme.value.tag < 2 ? text_of(SCHEMES[scheme.value.tag]) : scheme.value.value};
  HandleResult consumed, input;
  served_consume(request, &consumed);
  incoming_body_stream(consumed.handle, &input);
  int body = begin(outparam, 200, headers, count), output = stream_of(body);
  ReadResult piece;
  for (u32 mark = arena_end;; arena_end = mark) {
    input_read(input.handle, 4096, &piece);
    if (piece.is_error || write_piece(output, piece.list)) break;
  }
  input_drop(input.handle);
  trailers_drop(incoming_body_finish(consumed.handle));
  output_drop(output);
  finish(body, 0, 0);
}

static void large(int outparam, u32 left) {
  int body = begin(outparam, 200, 0, 0), stream = stream_of(body);
  Bytes piece = {arena_take(PIECE, 1), PIECE};
  for (u32 i = 0; i < PIECE; i++) piece.data[i] = (u8)i;
  for (; left > 0; left -= piece.length) {
    if (left < PIECE) piece.length = left;
    if (write_piece(stream, piece)) break;
  }
  output_drop(stream);
  finish(body, 0, 0);
}

static Bytes store_text(const StoreError *error) {
  static const char *const names[] = {"no-such-store", "access-denied"};
  return error->tag < 2 ? text_of(names[error->tag]) : error->message;
}

static void ask_store(int outparam) {
  StoreResult opened, got;
  store_open((u8 *)"default", 7, &opened);
  if (opened.is_error) return answer_text(outparam, 403, store_text(&opened.error));
  bucket_get(opened.handle, (u8 *)"greeting", 8, &got);
  bucket_drop(opened.handle);
  if (got.is_error) return answer_text(outparam, 403, store_text(&got.error));
  if (!got.option.tag) return answer_text(outparam, 404, LITERAL("no greeting"));
  answer_text(outparam, 200, got.option.value);
}

/// How much memory and what in it a request finds; it leaves much more behind.
static void hoard(int outparam) {
  u32 before = __builtin_wasm_memory_size(0);
  if ((int)__builtin_wasm_memory_grow(0, KEPT_PAGES) < 0) return answer_text(outparam, 507, LITERAL("full"));
  u8 *fresh = (u8 *)(before * 65536);
  for (u32 i = 0; i < KEPT_PAGES * 65536; i += 4096) fresh[i] = 1;
  answer_text(outparam, 200, decimal(before));
}

/// Ends in the middle of everything, and drops nothing.
static void leave(int request, int outparam) {
  HandleResult consumed, input;
  served_consume(request, &consumed);
  incoming_body_stream(consumed.handle, &input);
  int body = begin(outparam, 200, 0, 0);
  write_piece(stream_of(body), LITERAL("half of it"));
}

static void with_length(int outparam, Bytes length, Bytes text) {
  Header header = {LITERAL("content-length"), length};
  int body = begin(outparam, 200, &header, 1), stream = stream_of(body);
  write_piece(stream, text);
  output_drop(stream);
  finish(body, 0, 0);
}

static void with_trailers(int outparam) {
  Header trailer = {LITERAL("x-checksum"), LITERAL("42")};
  int body = begin(outparam, 200, 0, 0), stream = stream_of(body);
  write_piece(stream, LITERAL("with trailers"));
  output_drop(stream);
  finish(body, 1, fields_of(&trailer, 1));
}

static void refuse(int outparam) {
  Bytes reason = LITERAL("it was asked for");
  outparam_set(outparam, 1, INTERNAL_ERROR, 1, (u32)reason.data, reason.length, 0, 0, 0);
}

EXPORT("wasi:http/incoming-handler@0.2.6#handle")
void answer(int request, int outparam) {
  OptionBytes asked;
  requests++;
  served_path(request, &asked);
  path = asked.value;
  if (is_path("/echo")) echo(request, outparam);
  else if (is_path("/count") || is_path("/keep")) answer_text(outparam, 200, decimal(requests));
  else if (is_path("/calls")) answer_text(outparam, 200, decimal(calls));
  else if (is_path("/large")) large(outparam, number_asked());
  else if (is_path("/store")) ask_store(outparam);
  else if (is_path("/hoard")) hoard(outparam);
  else if (is_path("/error")) refuse(outparam);
  else if (is_path("/leave")) leave(request, outparam);
  else if (is_path("/short")) with_length(outparam, LITERAL("5"), LITERAL("four"));
  else if (is_path("/head")) with_length(outparam, LITERAL("5"), LITERAL(""));
  else if (is_path("/trailers")) with_trailers(outparam);
  else if (is_path("/dropped")) outgoing_body_drop(begin(outparam, 200, 0, 0));
  else if (is_path("/status")) answer_text(outparam, (int)number_asked(), LITERAL(""));
  else if (is_path("/trap")) __builtin_trap();
  else if (is_path("/spin")) for (volatile u32 i = 0;; i++) {}
  else if (!is_path("/silent")) answer_text(outparam, 404, LITERAL("there is nothing here"));
  if (!is_path("/leave") && !is_path("/keep")) served_drop(request);
  arena_reset();
}

/// Of the instance that is called; requests have instances of their own.
EXPORT("count-calls") u32 count_calls(void) { return ++calls; }
EXPORT("count-requests") u32 count_requests(void) { return requests; }
