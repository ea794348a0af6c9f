import { countText } from './amounts.ts';
import { element, part } from './element.ts';
import type { Provider } from './host-api.ts';

/** A table of the providers. */
export function showProviders(providers: readonly Provider[]): void {
  part('providers').replaceChildren(
    ...providers.map(({ providerId, providerType, status, placement, restarts, calls }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, providerId),
        element('td', {}, providerType),
        element('td', { class: `p-${status}` }, status),
        element('td', {}, placement),
        element('td', { class: 'number' }, countText(calls)),
        element('td', { class: 'number' }, countText(restarts)),
      ),
    ),
  );
  part('providers-empty').hidden = providers.length > 0;
}
