// Holds the first load of the built site to its budget: all script, gzip-compressed, at most 60 kB; and no address but its own.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 60_000;
const assets = readdirSync('dist/assets');
const scripts = assets.filter((name) => name.endsWith('.js'));
const total = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(`dist/assets/${name}`), { level: 9 }).length, 0);
console.log(`script of the first load: ${total} bytes compressed, budget ${budget}`);
if (scripts.length === 0 || total > budget) process.exitCode = 1;

// Names of XML vocabularies and the addresses of error texts are never fetched.
const harmless = /^https?:\/\/(www\.w3\.org|preactjs\.com)/;
for (const name of ['index.html', ...assets.filter((file) => /\.(js|css)$/.test(file)).map((file) => `assets/${file}`)]) {
  const text = readFileSync(`dist/${name}`, 'utf8');
  const foreign = (text.match(/https?:\/\/[a-z0-9.-]+/gi) ?? []).filter((address) => !harmless.test(address));
  const inline = name === 'index.html' && (/<style|\sstyle=|\son[a-z]+=/.test(text) || /<script(?![^>]*\ssrc=)/.test(text));
  if (foreign.length > 0 || inline) {
    console.error(`${name}: ${inline ? 'inline script or style' : `foreign address ${foreign.join(', ')}`}`);
    process.exitCode = 1;
  }
}
