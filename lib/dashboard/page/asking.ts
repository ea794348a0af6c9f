import { plainText } from '../model/plain-text.ts';
import { element, part } from './element.ts';
import { ApiFailure } from './host-api.ts';

/** Says what has become of what was asked for; screen readers hear it. */
export function tell(text: string, isFailure = false): void {
  const status = part('status');
  status.textContent = plainText(text);
  status.className = isFailure ? 'failure' : '';
}

/** What a failure says. */
export function failureText(error: unknown): string {
  return error instanceof ApiFailure ? `${error.code}: ${error.message}` : String(error);
}

/** Does something by a button, which cannot be pressed again meanwhile, and tells how it went. */
export async function act(
  control: HTMLButtonElement,
  done: string,
  work: () => Promise<unknown>,
): Promise<boolean> {
  control.disabled = true;
  try {
    await work();
    tell(done);
    return true;
  } catch (error) {
    tell(failureText(error), true);
    return false;
  } finally {
    control.disabled = false;
  }
}

/** Asks whether something is really meant that cannot be undone; whoever turns to another page has not meant it. */
export async function isMeant(question: string, verb: string): Promise<boolean> {
  const dialog = element(
    'dialog',
    { 'aria-label': question },
    element(
      'form',
      { method: 'dialog' },
      element('p', {}, question),
      element(
        'div',
        { class: 'buttons' },
        element('button', { value: 'no' }, 'Cancel'),
        element('button', { value: 'yes', class: 'danger' }, verb),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  const leave = (): void => dialog.close('no');
  globalThis.addEventListener('hashchange', leave);
  const answer = await new Promise<string>((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue), { once: true });
  });
  globalThis.removeEventListener('hashchange', leave);
  dialog.remove();
  return answer === 'yes';
}
