import { part } from './element.ts';
import type { HostApi } from './host-api.ts';

/** Asks for a token whenever the host wants one, or another one. */
export function askForTokens(api: HostApi, onToken: () => void): void {
  const dialog = part('token-dialog') as HTMLDialogElement;
  const field = part('token') as HTMLInputElement;
  const form = part('token-form');
  api.onRefused = () => {
    part('token-wrong').hidden = !api.hasToken;
    if (!dialog.open) dialog.showModal();
  };
  // Without a token there is nothing to be seen.
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (field.value === '') return;
    api.token = field.value;
    field.value = '';
    dialog.close();
    onToken();
  });
}
