// compute-c: computes and does nothing else, for the price of metering: loops over memory, calls, arithmetic.
typedef unsigned char u8;
typedef unsigned int u32;
#define EXPORT(name) __attribute__((export_name(name)))
#define MOST 1000000

static u8 is_composite[MOST];

/// How many primes there are below a limit.
EXPORT("sieve") u32 sieve(u32 limit) {
  if (limit > MOST) limit = MOST;
  for (u32 i = 0; i < limit; i++) is_composite[i] = 0;
  u32 primes = 0;
  for (u32 i = 2; i < limit; i++) {
    if (is_composite[i]) continue;
    primes++;
    for (u32 k = 2 * i; k < limit; k += i) is_composite[k] = 1;
  }
  return primes;
}

EXPORT("fib") u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

/// FNV-1a over that many bytes of memory, mixed further after every block of 64.
EXPORT("hash") u32 hash(u32 length) {
  u32 sum = 2166136261u;
  for (u32 at = 0; at < length; at++) {
    sum = (sum ^ is_composite[at % MOST]) * 16777619u;
    if (at % 64 == 63) {
      sum ^= sum >> 15;
      sum *= 2246822519u;
      sum ^= sum >> 13;
    }
  }
  return sum;
}
