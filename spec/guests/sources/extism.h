// The part of Extism's plug-in interface that our guests use, declared by hand. Memory handles are
// offsets in the kernel's memory, which a plug-in reads and writes word by word.
#pragma once
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define KERNEL(name) __attribute__((import_module("extism:host/env"), import_name(name)))

typedef uint64_t handle;

KERNEL("alloc") handle kernel_alloc(uint64_t length);
KERNEL("free") void kernel_free(handle block);
KERNEL("length") uint64_t kernel_length(handle block);
KERNEL("load_u8") uint32_t kernel_load_u8(uint64_t at);
KERNEL("load_u64") uint64_t kernel_load_u64(uint64_t at);
KERNEL("store_u8") void kernel_store_u8(uint64_t at, uint32_t byte);
KERNEL("store_u64") void kernel_store_u64(uint64_t at, uint64_t word);
KERNEL("input_length") uint64_t input_length(void);
KERNEL("input_load_u8") uint32_t input_load_u8(uint64_t index);
KERNEL("input_load_u64") uint64_t input_load_u64(uint64_t index);
KERNEL("output_set") void output_set(uint64_t at, uint64_t length);
KERNEL("error_set") void error_set(handle message);
KERNEL("config_get") handle config_get(handle name);
KERNEL("var_get") handle var_get(handle name);
KERNEL("var_set") void var_set(handle name, handle value);
KERNEL("log_debug") void log_debug(handle message);
KERNEL("log_info") void log_info(handle message);
KERNEL("log_warn") void log_warn(handle message);
KERNEL("log_error") void log_error(handle message);
KERNEL("http_request") handle http_request(handle request, handle body);
KERNEL("http_status_code") int32_t http_status_code(void);

static inline handle give(const void *bytes, uint64_t length) {
  const uint8_t *from = bytes;
  const handle block = kernel_alloc(length);
  uint64_t at = 0;
  for (; at + 8 <= length; at += 8) {
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--) word = word << 8 | from[at + (uint64_t)i];
    kernel_store_u64(block + at, word);
  }
  for (; at < length; at++) kernel_store_u8(block + at, from[at]);
  return block;
}

static inline handle give_text(const char *text) {
  uint64_t length = 0;
  while (text[length] != 0) length++;
  return give(text, length);
}

// The input as a block of the plug-in's own, copied word by word.
static inline handle input_copy(void) {
  const uint64_t length = input_length();
  const handle block = kernel_alloc(length);
  uint64_t at = 0;
  for (; at + 8 <= length; at += 8) kernel_store_u64(block + at, input_load_u64(at));
  for (; at < length; at++) kernel_store_u8(block + at, input_load_u8(at));
  return block;
}

static inline void answer(handle block) { output_set(block, kernel_length(block)); }
