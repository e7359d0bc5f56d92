// Reads the output of `go test -json` among other lines from standard input: shows the other lines, packages and failed tests as they end,
// and writes the number of tests and subtests that passed and failed into the file that it is given.
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const counts = { pass: 0, fail: 0, skip: 0 };
const outputs = new Map();
const skipped = [];

for await (const line of createInterface({ input: process.stdin })) {
  let event;
  try {
    event = JSON.parse(line);
  } catch {
    console.log(line);
    continue;
  }
  const key = `${event.Package ?? event.ImportPath} ${event.Test ?? ''}`;
  if (event.Action === 'output' || event.Action === 'build-output') {
    outputs.set(key, (outputs.get(key) ?? '') + event.Output);
    continue;
  }
  if (!(event.Action in counts) && event.Action !== 'build-fail') continue;
  const output = outputs.get(key) ?? '';
  outputs.delete(key);
  if (event.Test) {
    counts[event.Action] += 1;
    if (event.Action === 'skip') skipped.push(`${key}\n${output}`);
  } else if (event.Action === 'fail') {
    counts.fail += event.FailedBuild ? 1 : 0;
  }
  if (event.Action === 'fail' || event.Action === 'build-fail') process.stdout.write(output);
  else if (!event.Test && event.Action === 'pass') console.log(`ok  \t${event.Package}\t${event.Elapsed} s`);
}
for (const test of skipped) process.stdout.write(`skipped: ${test}`);
writeFileSync(process.argv[2], `${counts.pass} passed, ${counts.fail} failed\n`);
