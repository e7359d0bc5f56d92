import { paletteOf } from './contrast';
import type { PublicCreditor } from '../api/wire';

/** Puts a creditor's colours on the page through CSSOM, which the policy of the page allows where style attributes are not. */
export function applyBrand(creditor: PublicCreditor): void {
  const palette = paletteOf(creditor.brand.primaryColor, creditor.brand.accentColor);
  const style = document.documentElement.style;
  style.setProperty('--primary', palette.primary);
  style.setProperty('--primary-strong', palette.primaryStrong);
  style.setProperty('--primary-soft', palette.primarySoft);
  style.setProperty('--primary-line', palette.primaryLine);
  style.setProperty('--accent', palette.accent);
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', palette.primary);
}
