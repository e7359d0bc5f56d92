import { fileURLToPath } from 'node:url';
import { rightCode, startMock } from './server.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const mock = await startMock({ dist, port: Number(process.env.PORT ?? 8090), demo: true });
console.log(`mock of the API and the built site: ${mock.url}/?c=vida-plena (code ${rightCode})`);
