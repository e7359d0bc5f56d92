// Reads a JSON array of definitions and answers with one of verdicts: "" for a good one, else what is wrong with it.
const { readFileSync } = require("node:fs");
const validate = require("asl-validator");

const definitions = JSON.parse(readFileSync(0, "utf8"));
const verdicts = definitions.map((definition) => {
  const { isValid, errorsText } = validate(definition, { checkPaths: true, checkArn: true });
  return isValid ? "" : errorsText("; ");
});
process.stdout.write(JSON.stringify(verdicts));
