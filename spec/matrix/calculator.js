export function add(a, b) {
  return a + b;
}

export function describe(name) {
  const parts = [...name].reverse().join('');
  return `${parts} ${typeof fetch} ${new Date().getFullYear() > 2000} ${Math.random() < 1}`;
}
