// Reads BPMN files as third parties do: bpmn-moddle parses each, bpmnlint checks it by the rules of .bpmnlintrc.
// `node read.mjs MODULES FILE...`; prints a JSON list of everything that either of them has to say.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { BpmnModdle } = await import(require.resolve('bpmn-moddle'));
const { Linter } = await import(require.resolve('bpmnlint'));
const NodeResolver = require('bpmnlint/lib/resolver/node-resolver');
const config = JSON.parse(await readFile(new URL('.bpmnlintrc', import.meta.url), 'utf8'));
const resolver = new NodeResolver({ require });

const said = [];
for (const file of files) {
  const { rootElement, warnings } = await new BpmnModdle().fromXML(await readFile(file, 'utf8'));
  said.push(...warnings.map((warning) => ({ file, rule: 'bpmn-moddle', message: warning.message })));
  const reports = await new Linter({ config, resolver }).lint(rootElement);
  for (const [rule, found] of Object.entries(reports)) {
    said.push(...found.map(({ id, message }) => ({ file, rule, id, message })));
  }
  const plane = rootElement.diagrams[0].plane.planeElement;
  const shown = new Set(plane.map((element) => element.bpmnElement.id));
  const process_ = rootElement.rootElements[0];
  for (const element of [...process_.flowElements, ...process_.artifacts ?? []]) {
    if (!shown.has(element.id)) said.push({ file, rule: 'drawn', id: element.id, message: 'is not in the diagram' });
  }
}
console.log(JSON.stringify(said));
