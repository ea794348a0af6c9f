import { act, isMeant, tell } from './asking.ts';
import { element, part, written } from './element.ts';
import { type Grant, type HostApi, instancePath, type Provider } from './host-api.ts';

/** The grants of the instance that is shown, to be taken, and others to be given. */
export class GrantsPanel {
  readonly #api: HostApi;
  readonly #form = part('assign') as HTMLFormElement;
  #id = '';
  #isAdmin = false;
  #shown = '';

  constructor(api: HostApi) {
    this.#api = api;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#assign();
    });
  }

  /** Turns to an instance. */
  open(id: string, isAdmin: boolean, providers: readonly Provider[]): void {
    this.#id = id;
    this.#isAdmin = isAdmin;
    this.#form.reset();
    this.#shown = '';
    const types = new Set([
      'kv',
      'http',
      'messaging',
      ...providers.map((each) => each.providerType),
    ]);
    part('assign-types').replaceChildren(
      ...[...types].map((type) => element('option', { value: type })),
    );
  }

  async refresh(): Promise<void> {
    const id = this.#id;
    const { capabilities } = await this.#api.get(
      'capabilities',
      `${instancePath(id)}/capabilities`,
    );
    if (id !== this.#id) return;
    // Whoever is about to press a button keeps it.
    const text = JSON.stringify(capabilities);
    if (text === this.#shown) return;
    this.#shown = text;
    part('grants').replaceChildren(...capabilities.map((grant) => this.#row(grant)));
    part('grants-empty').hidden = capabilities.length > 0;
  }

  #row({ capabilityId, providerType, providerId, permissions }: Grant): HTMLElement {
    const revoke = element(
      'button',
      {
        type: 'button',
        class: 'danger',
        disabled: !this.#isAdmin,
        'aria-label': `Revoke ${capabilityId}`,
      },
      'Revoke',
    );
    revoke.addEventListener('click', () => void this.#revoke(revoke, capabilityId));
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, capabilityId),
      element(
        'td',
        {},
        providerId === undefined ? providerType : `${providerType} (${providerId})`,
      ),
      element('td', {}, permissions.join(' ')),
      element('td', {}, revoke),
    );
  }

  async #revoke(control: HTMLButtonElement, capabilityId: string): Promise<void> {
    // Of the instance that was asked about: another may be shown by then.
    const id = this.#id;
    if (!(await isMeant(`Take the grant ${capabilityId} from ${id}?`, 'Revoke'))) return;
    const path = `${instancePath(id)}/capabilities/${encodeURIComponent(capabilityId)}`;
    const done = `${capabilityId} is revoked: no call is served by it any more`;
    if (await act(control, done, () => this.#api.send('DELETE', path))) await this.refresh();
  }

  async #assign(): Promise<void> {
    const text = (name: string): string => written(this.#form, name);
    const capabilityId = text('capabilityId');
    const path = `${instancePath(this.#id)}/capabilities/${encodeURIComponent(capabilityId)}`;
    let config: unknown;
    try {
      config = text('config') === '' ? undefined : (JSON.parse(text('config')) as unknown);
    } catch {
      tell('The configuration is no JSON', true);
      return;
    }
    const body = {
      providerType: text('providerType'),
      ...(text('providerId') === '' ? {} : { providerId: text('providerId') }),
      permissions: text('permissions').split(/\s+/).filter(Boolean),
      ...(config === undefined ? {} : { config }),
    };
    const control = part('assign-send') as HTMLButtonElement;
    const isDone = await act(control, `${capabilityId} is assigned`, () =>
      this.#api.send('PUT', path, body),
    );
    if (isDone) await this.refresh();
  }
}
