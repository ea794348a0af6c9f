/** What is seen of a text by its effect alone: controls but for line ends and tabs, and the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for -- guests choose names
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text that a guest may have chosen, with what could make it look like another one written out. */
export function plainText(text: string): string {
  return text.replace(UNSEEN, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
}
