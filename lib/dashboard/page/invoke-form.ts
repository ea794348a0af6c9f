import { plainText } from '../model/plain-text.ts';
import { millisecondsText } from './amounts.ts';
import { act, failureText, tell } from './asking.ts';
import { part, written } from './element.ts';
import { type HostApi, instancePath } from './host-api.ts';

/** Calls an export of the instance that is shown. */
export class InvokeForm {
  readonly #api: HostApi;
  readonly #onDone: () => void;
  readonly #form = part('invoke') as HTMLFormElement;
  #id = '';

  constructor(api: HostApi, onDone: () => void) {
    this.#api = api;
    this.#onDone = onDone;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#invoke();
    });
  }

  /** Turns to an instance. */
  open(id: string): void {
    this.#id = id;
    this.#form.reset();
    part('invoke-result').textContent = '';
  }

  async #invoke(): Promise<void> {
    const name = written(this.#form, 'export');
    const args = argumentsOf(written(this.#form, 'args'));
    if (args === undefined) {
      tell('The arguments are no JSON array', true);
      return;
    }
    const result = part('invoke-result');
    result.textContent = '…';
    const began = performance.now();
    const id = this.#id;
    // Another instance may be shown by then.
    const show = (text: string): void => {
      if (id === this.#id) result.textContent = plainText(text);
    };
    const path = `${instancePath(id)}/invoke/${encodeURIComponent(name)}`;
    await act(
      part('invoke-send') as HTMLButtonElement,
      `${name} of ${id} has answered`,
      async () => {
        try {
          const answer = (await this.#api.send('POST', path, { args })) as { result?: unknown };
          const took = millisecondsText(performance.now() - began);
          // As the API writes it: what JSON has no word for stays tagged.
          show(`${JSON.stringify(answer.result, undefined, 2) ?? 'nothing'}\n\nin ${took}`);
        } catch (error) {
          show(failureText(error));
          throw error;
        }
      },
    );
    this.#onDone();
  }
}

function argumentsOf(text: string): readonly unknown[] | undefined {
  if (text.trim() === '') return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
