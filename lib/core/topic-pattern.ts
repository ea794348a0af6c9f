/**
 * The first token of the topics that replies go to. Nobody subscribes to them and no wildcard matches
 * them.
 *
 * @internal
 */
export const INBOX_ROOT = '_INBOX';

/** Most characters of a topic or pattern. */
const TOPIC_LENGTH = 256;

/** Most tokens of a topic or pattern. */
const TOPIC_TOKENS = 32;

/** No white space, no control characters, no wildcards. */
const TOKEN = /^[^\s\p{Cc}*>.]+$/u;

/**
 * Whether a topic matches a pattern: tokens separated by `.`, `*` for exactly one token, `>` at the
 * end for one or more (https://docs.nats.io/nats-concepts/subjects#wildcards). A wildcard in front
 * does not match the topics of replies.
 *
 * @internal
 */
export function topicMatches(pattern: string, topic: string): boolean {
  const wanted = pattern.split('.');
  const tokens = topic.split('.');
  if (tokens.includes('')) return false;
  if (tokens[0] === INBOX_ROOT && wanted[0] !== INBOX_ROOT) return false;
  for (const [index, token] of wanted.entries()) {
    if (token === '>' && index === wanted.length - 1) return tokens.length > index;
    const actual = tokens[index];
    if (actual === undefined || (token !== '*' && token !== actual)) return false;
  }
  return tokens.length === wanted.length;
}

/**
 * Whether every topic that the inner pattern matches, however long, is matched by the outer one too.
 * Exact for well-formed patterns.
 *
 * @internal
 */
export function patternCovers(outer: string, inner: string): boolean {
  const wide = outer.split('.');
  const narrow = inner.split('.');
  if (narrow[0] === INBOX_ROOT && wide[0] !== INBOX_ROOT) return false;
  for (const [index, token] of wide.entries()) {
    const other = narrow[index];
    if (other === undefined) return false;
    if (token === '>') return true;
    // What `>` stands for has no longest topic; a single token cannot cover it.
    if (other === '>' || (token !== '*' && token !== other)) return false;
  }
  return narrow.length === wide.length;
}

/**
 * Whether a text is one concrete topic: tokens without wildcards, white space or control characters,
 * within the bounds. Topics of replies are topics too.
 *
 * @internal
 */
export function isTopic(text: string): boolean {
  return tokensOf(text)?.every((token) => TOKEN.test(token)) === true;
}

/**
 * Whether a text is a pattern that may be granted or subscribed to, a concrete topic included. Topics
 * of replies may not: they belong to who waits for the reply.
 *
 * @internal
 */
export function isTopicPattern(text: string): boolean {
  const tokens = tokensOf(text);
  if (tokens === undefined || tokens[0] === INBOX_ROOT) return false;
  return tokens.every(
    (token, index) =>
      token === '*' || (token === '>' && index === tokens.length - 1) || TOKEN.test(token),
  );
}

/**
 * Whether a topic is one that replies go to.
 *
 * @internal
 */
export function isInbox(topic: string): boolean {
  return topic === INBOX_ROOT || topic.startsWith(`${INBOX_ROOT}.`);
}

function tokensOf(text: string): readonly string[] | undefined {
  if (text === '' || text.length > TOPIC_LENGTH || !text.isWellFormed()) return undefined;
  const tokens = text.split('.');
  return tokens.length > TOPIC_TOKENS ? undefined : tokens;
}
