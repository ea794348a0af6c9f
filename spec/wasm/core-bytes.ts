/** A core module of version 1 made of the given bytes behind its header. */
export function coreModule(...sections: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
}

/** A section of less than 16384 bytes. */
export function section(id: number, ...content: readonly number[]): number[] {
  return [id, (content.length & 0x7f) | 0x80, content.length >> 7, ...content];
}

/** A component of core modules, instantiated in the order of the given indices. */
export function component(
  modules: readonly Uint8Array[],
  instantiations: readonly number[],
): Uint8Array {
  const instances = instantiations.flatMap((module) => [0x00, module, 0]);
  return Uint8Array.from([
    0x00,
    0x61,
    0x73,
    0x6d,
    0x0d,
    0,
    1,
    0,
    ...modules.flatMap((module) => section(1, ...module)),
    ...(instances.length === 0 ? [] : section(2, instantiations.length, ...instances)),
  ]);
}
