// What every C component needs: the canonical ABI's memory shapes (hand-written, because
// wit-bindgen is not on npm) and an allocator that is emptied after each call.
#pragma once
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))
#define LITERAL(text) ((Bytes){(u8 *)(text), sizeof(text) - 1})

/// A string or a list<u8>; as a list of other things `length` counts elements.
typedef struct { u8 *data; u32 length; } Bytes;
typedef struct { u8 tag; Bytes value; } OptionBytes;

extern u8 __heap_base;
static u32 arena_end;

static void arena_reset(void) { arena_end = 0; }

static void *arena_take(u32 size, u32 align) {
  if (!arena_end) arena_end = (u32)&__heap_base;
  u32 start = (arena_end + align - 1) & ~(align - 1);
  u32 pages = (start + size + 65535) / 65536, have = __builtin_wasm_memory_size(0);
  if (pages > have && (int)__builtin_wasm_memory_grow(0, pages - have) < 0) __builtin_trap();
  arena_end = start + size;
  return (void *)start;
}

EXPORT("cabi_realloc")
void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {
  u8 *fresh = arena_take(size, align);
  for (u32 i = 0; i < old_size && i < size; i++) fresh[i] = ((u8 *)old)[i];
  return fresh;
}

static Bytes join(Bytes a, Bytes b) {
  Bytes both = {arena_take(a.length + b.length, 1), a.length + b.length};
  for (u32 i = 0; i < a.length; i++) both.data[i] = a.data[i];
  for (u32 i = 0; i < b.length; i++) both.data[a.length + i] = b.data[i];
  return both;
}

/// The results lie in static memory, so only the arena is to be given back.
#define AFTER(name) EXPORT("cabi_post_" name)
