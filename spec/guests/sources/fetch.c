// fetch-c: sends requests by wasi:http as a program does that waits for nothing but poll: the body goes
// out and comes in piece by piece, and several responses are awaited at once.
#include "http.h"

enum { PIECE = 4096 };

typedef struct { u8 is_error; union { struct { unsigned short status; Bytes headers, body; } response; Bytes error; }; } FetchAnswer;
typedef struct { u8 is_error; union { Bytes list; struct { u8 is_some; unsigned short status; } option; Bytes error; }; } Answer;

static FetchAnswer fetched;
static Answer answer;
/// What went wrong last; empty while nothing has.
static Bytes problem;

static int fail(Bytes text) {
  problem = text;
  return -1;
}

static int starts_with(Bytes text, Bytes start) {
  if (text.length < start.length) return 0;
  for (u32 i = 0; i < start.length; i++) if (text.data[i] != start.data[i]) return 0;
  return 1;
}

/// Splits `http[s]://authority[/path][?query]` and puts the parts into the request.
static int set_url(int request, Bytes url) {
  int is_https = starts_with(url, LITERAL("https://"));
  if (!is_https && !starts_with(url, LITERAL("http://"))) return fail(LITERAL("scheme"));
  u32 from = is_https ? 8 : 7, end = from;
  while (end < url.length && url.data[end] != '/' && url.data[end] != '?') end++;
  if (request_set_scheme(request, 1, is_https, 0, 0)) return fail(LITERAL("scheme"));
  if (request_set_authority(request, 1, url.data + from, end - from)) return fail(LITERAL("authority"));
  if (request_set_path(request, end < url.length, url.data + end, url.length - end)) return fail(LITERAL("path"));
  return 0;
}

static int new_request(Bytes method, Bytes url, void *headers, u32 header_count) {
  static const char *const header_errors[] = {"invalid-syntax", "forbidden", "immutable"};
  HandleResult fields;
  fields_from_list(headers, header_count, &fields);
  if (fields.is_error) return fail(text_of(header_errors[fields.code]));
  int request = request_new(fields.handle);
  if (request_set_method(request, 9, method.data, method.length)) fail(LITERAL("method"));
  else if (set_url(request, url) == 0) return request;
  request_drop(request);
  return -1;
}

static int send(int request) {
  CodedResult sent;
  handle(request, 0, 0, &sent);
  return sent.is_error ? fail(code_text(&sent.error)) : sent.handle;
}

/// Writes as much as there is room for, and waits for room in between.
static int write_all(int stream, Bytes content) {
  int room_made = output_subscribe(stream);
  RoomResult room = {0};
  WriteResult written = {0};
  u32 done = 0;
  while (done < content.length && !room.is_error && !written.is_error) {
    pollable_block(room_made);
    output_check_write(stream, &room);
    if (room.is_error) break;
    u32 size = content.length - done < PIECE ? content.length - done : PIECE;
    if (size > room.number) size = room.number;
    output_write(stream, content.data + done, size, &written);
    done += size;
  }
  pollable_drop(room_made);
  if (room.is_error) return fail(stream_text(&room.error));
  if (!written.is_error) output_flush(stream, &written);
  return written.is_error ? fail(stream_text(&written.error)) : 0;
}

static int send_body(int body, Bytes content) {
  HandleResult stream;
  outgoing_body_write(body, &stream);
  if (stream.is_error) {
    outgoing_body_drop(body);
    return fail(LITERAL("no stream"));
  }
  int outcome = write_all(stream.handle, content);
  output_drop(stream.handle);
  CodedResult finished;
  outgoing_body_finish(body, 0, 0, &finished);
  return finished.is_error && outcome == 0 ? fail(code_text(&finished.error)) : outcome;
}

/// The response if it is there, 0 if not yet.
static int response_of(int future) {
  FutureResult result;
  future_get(future, &result);
  if (!result.is_some) return 0;
  if (result.got.is_taken) return fail(LITERAL("taken"));
  CodedResult *outcome = &result.got.outcome;
  return outcome->is_error ? fail(code_text(&outcome->error)) : outcome->handle;
}

static int await_response(int future) {
  int arrival = future_subscribe(future);
  int response;
  while ((response = response_of(future)) == 0) pollable_block(arrival);
  pollable_drop(arrival);
  future_drop(future);
  return response;
}

static Bytes read_all(int stream) {
  Bytes all = {0, 0};
  u32 capacity = 0;
  int more = input_subscribe(stream);
  for (;;) {
    ReadResult piece;
    pollable_block(more);
    u32 mark = arena_end;
    input_read(stream, PIECE, &piece);
    if (piece.is_error) {
      if (piece.error.tag != CLOSED) fail(stream_text(&piece.error));
      break;
    }
    u32 needed = all.length + piece.list.length;
    if (needed > capacity) {
      capacity = 2 * needed + PIECE;
      all.data = cabi_realloc(all.data, all.length, 1, capacity);
      mark = arena_end;
    }
    for (u32 i = 0; i < piece.list.length; i++) all.data[all.length + i] = piece.list.data[i];
    all.length = needed;
    arena_end = mark;
  }
  pollable_drop(more);
  return all;
}

static int read_body(int response, Bytes *body) {
  HandleResult consumed, stream;
  response_consume(response, &consumed);
  if (consumed.is_error) return fail(LITERAL("no body"));
  incoming_body_stream(consumed.handle, &stream);
  if (stream.is_error) return fail(LITERAL("no stream"));
  *body = read_all(stream.handle);
  input_drop(stream.handle);
  int trailers = incoming_body_finish(consumed.handle);
  TrailersResult result;
  trailers_get(trailers, &result);
  trailers_drop(trailers);
  if (result.got.outcome.is_error && !problem.length) fail(code_text(&result.got.outcome.error));
  return problem.length ? -1 : 0;
}

static FetchAnswer *refuse_fetch(void) {
  fetched = (FetchAnswer){.is_error = 1, .error = problem};
  return &fetched;
}

EXPORT("fetch")
FetchAnswer *fetch(u8 *method, u32 method_length, u8 *url, u32 url_length, void *headers, u32 header_count,
                   int has_body, u8 *body, u32 body_length) {
  problem = (Bytes){0, 0};
  fetched = (FetchAnswer){0};
  int request = new_request((Bytes){method, method_length}, (Bytes){url, url_length}, headers, header_count);
  if (request < 0) return refuse_fetch();
  HandleResult outgoing = {0};
  if (has_body) request_body(request, &outgoing);
  if (outgoing.is_error) {
    request_drop(request);
    fail(LITERAL("no body to write"));
    return refuse_fetch();
  }
  int future = send(request);
  if (future < 0) {
    if (has_body) outgoing_body_drop(outgoing.handle);
    return refuse_fetch();
  }
  // A server may answer before it has the whole body; so its answer is asked for even then.
  if (has_body) send_body(outgoing.handle, (Bytes){body, body_length});
  Bytes sending_problem = problem;
  problem = (Bytes){0, 0};
  int response = await_response(future);
  if (response < 0) {
    if (sending_problem.length) problem = sending_problem;
    return refuse_fetch();
  }
  int fields = response_headers(response);
  fields_entries(fields, &fetched.response.headers);
  fields_drop(fields);
  fetched.response.status = response_status(response);
  int outcome = read_body(response, &fetched.response.body);
  response_drop(response);
  return outcome < 0 ? refuse_fetch() : &fetched;
}

static Answer *refuse(void) {
  answer = (Answer){.is_error = 1, .error = problem};
  return &answer;
}

static int get(Bytes url) {
  int request = new_request(LITERAL("GET"), url, 0, 0);
  return request < 0 ? -1 : send(request);
}

/// The order in which two responses arrive, with their statuses.
EXPORT("fetch-two")
Answer *fetch_two(u8 *a, u32 a_length, u8 *b, u32 b_length) {
  typedef struct { u32 index; unsigned short status; } Arrival;
  problem = (Bytes){0, 0};
  int futures[2] = {get((Bytes){a, a_length}), -1}, arrivals[2];
  if (futures[0] >= 0) futures[1] = get((Bytes){b, b_length});
  if (futures[1] < 0) {
    if (futures[0] >= 0) future_drop(futures[0]);
    return refuse();
  }
  for (int i = 0; i < 2; i++) arrivals[i] = future_subscribe(futures[i]);
  Arrival *order = arena_take(2 * sizeof(Arrival), 4);
  u32 count = 0, names[2] = {0, 1};
  while (count < 2 && !problem.length) {
    int waiting[2];
    for (u32 i = 0; i < 2 - count; i++) waiting[i] = arrivals[names[i]];
    Bytes ready;
    poll(waiting, 2 - count, &ready);
    u32 first = names[*(u32 *)ready.data];
    int response = response_of(futures[first]);
    if (response <= 0) continue;
    order[count++] = (Arrival){first, (unsigned short)response_status(response)};
    response_drop(response);
    names[0] = 1 - first;
  }
  for (int i = 0; i < 2; i++) {
    pollable_drop(arrivals[i]);
    future_drop(futures[i]);
  }
  if (problem.length) return refuse();
  answer = (Answer){.list = {(u8 *)order, count}};
  return &answer;
}

/// The status of a response, unless it takes longer than that.
EXPORT("fetch-within")
Answer *fetch_within(u8 *url, u32 url_length, u64 ns) {
  problem = (Bytes){0, 0};
  int future = get((Bytes){url, url_length});
  if (future < 0) return refuse();
  int awaited[2] = {subscribe_duration(ns), future_subscribe(future)}, response = 0;
  Bytes ready = {0, 0};
  do {
    poll(awaited, 2, &ready);
    response = response_of(future);
  } while (response == 0 && *(u32 *)ready.data != 0);
  for (int i = 0; i < 2; i++) pollable_drop(awaited[i]);
  future_drop(future);
  if (response < 0) return refuse();
  answer = (Answer){.option = {response > 0, 0}};
  if (response > 0) {
    answer.option.status = (unsigned short)response_status(response);
    response_drop(response);
  }
  return &answer;
}

AFTER("fetch") void after_fetch(void *_) { arena_reset(); }
AFTER("fetch-two") void after_fetch_two(void *_) { arena_reset(); }
AFTER("fetch-within") void after_fetch_within(void *_) { arena_reset(); }
