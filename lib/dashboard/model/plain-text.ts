/** What is seen of a text by its effect alone: controls but for line ends and tabs, and the direction of writing. */
const UNSEEN = /(?![\t\n\r])[\p{Cc}\p{Bidi_Control}]/gu;

/** A text that a guest may have chosen, with what could make it look like another one written out. */
export function plainText(text: string): string {
  return text.replace(UNSEEN, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
}
