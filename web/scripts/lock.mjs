// Names in package-lock.json the optional packages of other platforms, which npm leaves out when its registry does not serve them here:
// `npm ci` refuses a lock file in which they are missing. They carry no integrity, since nobody here could read them; npm fetches them on their
// own platform only. Run after every change of the lock file: npm run lock.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['x64', 'arm64', 'ia32', 'arm', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32'];

for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] || !/^\d/.test(version)) continue;
    const words = name.split('/').pop().split('-');
    const os = systems.find((system) => words.includes(system));
    const cpu = processors.find((word) => words.includes(word));
    const entry = { version, optional: true };
    if (owner.dev) entry.dev = true;
    if (cpu) entry.cpu = [cpu];
    if (os) entry.os = [os];
    if (os === 'linux') entry.libc = [/musl/.test(name) ? 'musl' : 'glibc'];
    lock.packages[key] = entry;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
