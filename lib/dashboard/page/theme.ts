import { part } from './element.ts';

const KEY = 'wasmatrix.theme';
const THEMES = ['auto', 'dark', 'light'] as const;
type Theme = (typeof THEMES)[number];

/** Dark, light, or as the system has it: the button goes through them, and the choice is kept. */
export function followTheme(onChange: () => void): void {
  const button = part('theme');
  const kept = localStorage.getItem(KEY);
  let theme: Theme = THEMES.find((each) => each === kept) ?? 'auto';
  const show = (): void => {
    document.documentElement.dataset['theme'] = theme;
    button.textContent = `Theme: ${theme}`;
    onChange();
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
    localStorage.setItem(KEY, theme);
    show();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
  show();
}
