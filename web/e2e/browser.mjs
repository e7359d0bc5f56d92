import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const built = new URL('../dist/', import.meta.url).pathname;

/** Starts Chromium: Debian's, or the one that CHROMIUM_PATH names. */
export async function launch() {
  assert.ok(existsSync(`${built}index.html`) || process.env.BASE_URL, 'build the site first: npm run build');
  return chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: flags });
}

export const sizes = { phone: { width: 360, height: 760 }, desktop: { width: 1280, height: 860 } };

/**
 * Opens a page that watches over itself: script errors, refusals of the content policy and requests to any other origin are collected, and
 * `assertClean` fails on them.
 */
export async function openPage(browser, origin, { size = sizes.phone, ...options } = {}) {
  const context = await browser.newContext({
    viewport: size,
    locale: 'pt-BR',
    timezoneId: 'America/Sao_Paulo',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const faults = [];
  page.on('pageerror', (error) => faults.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) faults.push(`policy: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(data:|blob:)/.test(url)) faults.push(`foreign request: ${url}`);
  });
  return { page, context, assertClean: () => assert.deepEqual(faults, []) };
}

/** Fails on any finding of axe (WCAG 2.2 AA and its best practices), and on a page wider than its window. */
export async function assertAccessible(page, where) {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((one) => one.effect?.getTiming().iterations !== Infinity)
        .map((one) => one.finished),
    ),
  );
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const told = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('\n  ')}`,
  );
  assert.deepEqual(told, [], `axe on ${where}`);
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${where} is ${content} px wide in a window of ${window} px`);
}

/** Writes a screenshot of the whole page to the folder that SCREENSHOTS names; does nothing without one. */
export async function screenshot(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const { width } = page.viewportSize();
  await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true });
}
