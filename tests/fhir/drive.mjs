// Lets fhir-kit-client, unchanged, do what a hospital's system and a partner's desk do. Prints what it was answered.
// `node drive.mjs MODULES JSON`, of base, tokens (his, care, partner) and resources (patient, encounter, bundle).
import { pathToFileURL } from 'node:url';

const [modules, told] = process.argv.slice(2);
const { Client } = await import(pathToFileURL(`${modules}/fhir-kit-client/dist/client.js`));
const { base, his, care, partner, patient, bundle, condition, referral } = JSON.parse(told);
const machine = new Client({ baseUrl: base, bearerToken: his });
const person = new Client({ baseUrl: base, bearerToken: care });
const asked = new Client({ baseUrl: base, bearerToken: partner });
const said = {};

const statement = await machine.capabilityStatement();
said.version = statement.fhirVersion;

const created = await machine.create({ resourceType: 'Patient', body: patient });
said.patient = [Client.httpFor(created).response.status, (await person.read({ resourceType: 'Patient', id: created.id })).name[0].family];

const taken = await machine.transaction({ body: bundle });
said.transaction = taken.entry.map((each) => each.response.status);
const stay = taken.entry[1].response.location.split('/').pop();
const again = await machine.create({ resourceType: 'Encounter', body: bundle.entry[1].resource, options: { headers: { 'If-None-Exist': condition } } });
said.again = [Client.httpFor(again).response.status, again.id === stay];

const read = await machine.read({ resourceType: 'Encounter', id: stay });
said.about = (await person.resolve({ reference: read.subject.reference })).resourceType;

let page = await machine.search({ resourceType: 'Encounter', searchParams: { _count: 1, status: 'in-progress' } });
const found = new Set();
while (page) {
  (page.entry ?? []).forEach((each) => found.add(each.resource.id));
  page = await machine.nextPage({ bundle: page });
}
said.found = found.has(stay) && found.size > 1;
const posted = await person.search({ resourceType: 'Encounter', searchParams: { _id: stay }, options: { postSearch: true } });
said.posted = posted.entry.length;

const [{ resource: task }] = (await person.search({ resourceType: 'Task', searchParams: { encounter: referral } })).entry;
const updated = await person.update({
  resourceType: 'Task', id: task.id, body: { ...task, status: 'accepted' },
  options: { headers: { 'If-Match': `W/"${task.meta.versionId}"` } },
});
said.task = updated.status;
const mine = await asked.search({ resourceType: 'Task', searchParams: { _id: task.id, _include: 'Task:focus' } });
const own = mine.entry[0].resource;
const begun = await asked.update({
  resourceType: 'Task', id: own.id, body: { ...own, status: 'in-progress' },
  options: { headers: { 'If-Match': `W/"${own.meta.versionId}"` } },
});
said.partner = [mine.entry.map((each) => each.resource.resourceType), 'for' in own, begun.status];
try {
  await person.update({ resourceType: 'Task', id: task.id, body: { ...task, status: 'rejected' }, options: { headers: { 'If-Match': 'W/"1"' } } });
} catch (fault) {
  said.refused = [fault.response.status, fault.response.data.resourceType];
}
console.log(JSON.stringify(said));
