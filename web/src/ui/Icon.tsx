const paths = {
  lock: 'M6 10V7.5a4 4 0 0 1 8 0V10M5 10h10v7H5z',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  offline: 'M3 3l14 14M5.5 10.5a6.5 6.5 0 0 1 3-1.6M12 9a6.5 6.5 0 0 1 2.5 1.500M8 13.500a3 3 0 0 1 4 0M10 16h.01',
  shield: 'M10 2.500l6 2.500v4.500c0 4-2.6 6.8-6 8-3.4-1.2-6-4-6-8V5zM7.3 10l2 2 3.6-4',
  alert: 'M10 6.500v4.500M10 14h.01M10 2.500a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15z',
  copy: 'M7 7h9v9H7zM4 13V4h9',
  chevron: 'M5 8l5 5 5-5',
  mail: 'M3 5h14v10H3zM3.5 5.500L10 11l6.5-5.5',
  phone: 'M6.5 2.500h7v15h-7zM9.5 15h1',
  clock: 'M10 5.500V10l3 2M10 2.500a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15z',
  ruler: 'M2.5 6h15M4 6v6M7 6v3.500M10 6v6M13 6v3.500M16 6v6',
  document: 'M5 2.500h7l3.5 3.500v11.500H5zM8 9h5M8 12h5',
  arrow: 'M4 10h12M11 5l5 5-5 5',
} as const;

/** A line drawing of 20 by 20, in the colour of the text around it; always beside words, so hidden from screen readers. */
export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
