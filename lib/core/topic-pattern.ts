/**
 * Whether a topic matches a pattern: tokens separated by `.`, `*` for exactly one token, `>` at the
 * end for one or more (https://docs.nats.io/nats-concepts/subjects#wildcards).
 *
 * @internal
 */
export function topicMatches(pattern: string, topic: string): boolean {
  const wanted = pattern.split('.');
  const tokens = topic.split('.');
  if (tokens.includes('')) return false;
  for (const [index, token] of wanted.entries()) {
    if (token === '>' && index === wanted.length - 1) return tokens.length > index;
    const actual = tokens[index];
    if (actual === undefined || (token !== '*' && token !== actual)) return false;
  }
  return tokens.length === wanted.length;
}
