import type { SentCode, StartRequest } from '../lib/protocol/instance-messages.ts';

type Code = Pick<StartRequest, 'admitted' | 'modules'>;

/** The code that this thread has been sent, as long as the host says. */
export class ReceivedCode {
  readonly #codes = new Map<number, Code>();

  receive({ id, content, forget }: SentCode): Code {
    if (forget !== undefined) this.#codes.delete(forget);
    const code = content ?? this.#codes.get(id);
    if (code === undefined) throw new Error('the host believes that this thread has the code');
    this.#codes.set(id, code);
    return code;
  }
}
