type RGB = readonly [number, number, number];

const white: RGB = [255, 255, 255];
const black: RGB = [0, 0, 0];

/** Reads "#rrggbb"; undefined for anything else. */
export function parseColor(text: string): RGB | undefined {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (!found) return undefined;
  return [parseInt(found[1]!, 16), parseInt(found[2]!, 16), parseInt(found[3]!, 16)];
}

/** Writes a colour as "#rrggbb". */
export function formatColor(color: RGB): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** Contrast ratio of WCAG 2.2, from 1 to 21. */
export function contrast(a: RGB, b: RGB): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: RGB): number {
  const [r, g, b] = color.map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Mixes `share` (0 to 1) of `other` into `color`. */
export function mix(color: RGB, other: RGB, share: number): RGB {
  const part = (i: 0 | 1 | 2) => color[i] + (other[i] - color[i]) * share;
  return [part(0), part(1), part(2)];
}

/** The colours that a page derives from a creditor's two. */
export interface Palette {
  /** Fill behind white text, at least 7:1, so that small text stands on it as well. */
  primary: string;
  /** The same when pressed or hovered. */
  primaryStrong: string;
  /** Faint ground that belongs to primary; dark text stands on it. */
  primarySoft: string;
  /** Edge between the two. */
  primaryLine: string;
  /** Ornament only: no text stands on it or is written in it. */
  accent: string;
}

const fallback = { primary: [29, 77, 79] as RGB, accent: [226, 160, 63] as RGB };

/** Derives a palette; a colour that cannot be read falls back, one that is too light is darkened until white text is legible on it. */
export function paletteOf(primaryColor: string, accentColor: string): Palette {
  let primary = parseColor(primaryColor) ?? fallback.primary;
  while (contrast(primary, white) < 7) primary = mix(primary, black, 0.06);
  return {
    primary: formatColor(primary),
    primaryStrong: formatColor(mix(primary, black, 0.28)),
    primarySoft: formatColor(mix(primary, white, 0.93)),
    primaryLine: formatColor(mix(primary, white, 0.72)),
    accent: formatColor(parseColor(accentColor) ?? fallback.accent),
  };
}
