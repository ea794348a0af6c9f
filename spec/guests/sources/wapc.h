// What a waPC guest may import, declared by hand.
#pragma once
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define WAPC(name) __attribute__((import_module("wapc"), import_name(name)))

WAPC("__guest_request") void guest_request(uint8_t *operation, uint8_t *payload);
WAPC("__guest_response") void guest_response(const uint8_t *bytes, uint32_t length);
WAPC("__guest_error") void guest_error(const uint8_t *text, uint32_t length);
WAPC("__host_call")
uint32_t host_call(const uint8_t *binding, uint32_t binding_length, const uint8_t *space,
                   uint32_t space_length, const uint8_t *operation, uint32_t operation_length,
                   const uint8_t *payload, uint32_t payload_length);
WAPC("__host_response") void host_response(uint8_t *to);
WAPC("__host_response_len") uint32_t host_response_length(void);
WAPC("__host_error") void host_error(uint8_t *to);
WAPC("__host_error_len") uint32_t host_error_length(void);
WAPC("__console_log") void console_log(const uint8_t *text, uint32_t length);
