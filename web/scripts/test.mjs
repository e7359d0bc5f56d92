// Runs src/**/*.test.ts with Node's own test runner: each is bundled on its own, so that TypeScript needs no loader.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const tests = readdirSync('src', { recursive: true }).filter((name) => name.endsWith('.test.ts'));
if (tests.length === 0) throw new Error('no tests found; run from web/');
const out = mkdtempSync(join(tmpdir(), 'regua-web-test-'));
try {
  await build({
    entryPoints: tests.map((name) => join('src', name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    outbase: 'src',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  const files = tests.map((name) => join(out, name.replace(/\.ts$/, '.mjs')));
  process.exitCode = spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
