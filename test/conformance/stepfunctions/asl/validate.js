// Reads a JSON array of definitions and answers with one of verdicts: "" for a good one, else what is wrong with it.
const { readFileSync } = require("node:fs");

// asl-validator compiles its schemas again for each definition, a tenth of a second each; here they are compiled once.
const ajv = require("ajv");
const Ajv = ajv.default;
let compiled;
ajv.default = function (options) {
  if (compiled) {
    compiled.addKeyword = () => compiled; // it has them
  }
  compiled ??= new Ajv(options);
  return compiled;
};
const validate = require("asl-validator");

const definitions = JSON.parse(readFileSync(0, "utf8"));
const verdicts = definitions.map((definition) => {
  const { isValid, errorsText } = validate(definition, { checkPaths: true, checkArn: true });
  return isValid ? "" : errorsText("; ");
});
process.stdout.write(JSON.stringify(verdicts));
