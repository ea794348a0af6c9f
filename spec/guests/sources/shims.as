// shims: a core module as the compiler of AssemblyScript makes it, with what it expects of its host.

export function half(number: i32): i32 {
  if (number % 2 != 0) throw new Error('an odd number: ' + number.toString());
  return number / 2;
}

export function say(number: i32): void {
  trace('traced', 2, number, 0.5);
  console.log('log ' + number.toString());
  console.info('info');
  console.debug('debug');
  console.warn('warn ö');
  console.error('error');
  console.assert(number > 0, 'not positive');
}

export function random(): f64 {
  return Math.random();
}

export function now(): f64 {
  return <f64>Date.now();
}

export function sinceStart(): f64 {
  return performance.now();
}

export function sine(x: f64): f64 {
  return JSMath.sin(x);
}
