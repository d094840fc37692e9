/** What the reference shows of each request: a body that is understood, and the call by `openapi-fetch` and `supabase-js`. */
import { asWritten } from './as-written.ts';
import { supabaseSampleOf } from './supabase-samples.ts';

type Operation = {
	operationId?: string;
	parameters?: { in?: string; name?: string; required?: boolean }[];
	requestBody?: { content?: Record<string, object> };
};

const id = '0197f3a2-6c1e-7b40-9d52-3f8e1a7c5b04';
const pair = { phone_number_id: id, contact_number: '+14155550123' };
const text = { from: '+14155550100', to: '+14155550123', body: 'Your table is ready.' };
const hook = { url: 'https://hooks.example/texts', event_types: ['message.received'] };

const bodies: Readonly<Record<string, object>> = {
	sendMessage: text,
	preflightMessage: text,
	updateScheduledMessage: { body: 'Your table is ready at eight.' },
	updateConversation: { archived: true },
	createLabel: { name: 'Waiting list' },
	updateLabel: { name: 'Regulars', color: 3 },
	createContact: { phone_number: '+14155550123', name: 'Robin Vale' },
	importContacts: { contacts: [{ phone_number: '+14155550123', name: 'Robin Vale' }], dry_run: true },
	updateContact: { name: 'Robin Vale', notes: 'Sits by the window.' },
	mergeContacts: { ids: [id] },
	addOptOut: { ...pair, note: 'Asked by phone' },
	liftOptOut: { ...pair, evidence: 'Signed form of 3 May' },
	orderNumber: { number: '+14155550100', country: 'US', type: 'local', total_micros: 1_150_000 },
	updateNumber: { label: 'Front desk', color: 3 },
	renewNumber: { phone_number_id: id },
	updateNumberRenewal: { auto_renew: true },
	createVerification: { service: 'GitHub', ttl_seconds: 120 },
	cancelVerification: { reason: 'The test is over.' },
	completeVerification: { code: '482910' },
	createWebhookEndpoint: hook,
	updateWebhookEndpoint: hook,
	rotateWebhookSecret: { overlap_seconds: 3600 },
	replayWebhookEvents: { only_parked: true }
};
/** Values for what has to be in the address. */
const values: Readonly<Record<string, string>> = {
	...{ id, number: '+14155550100', e164: '+14155550100', country: 'US', type: 'local' },
	...{ since: '2026-11-01', until: '2026-11-30', name: 'table.jpg' }
};
/** What else has to be in the query of an operation. */
const queries: Readonly<Record<string, object>> = { uploadAttachment: { from: text.from, to: text.to } };
/** What the client is told where a file stands in the place of JSON, as it is written. */
const files: Readonly<Record<string, string>> = {
	uploadAttachment: "body: 'table.jpg',\n\tbodySerializer: readFileSync,\n\theaders: { 'content-type': 'image/jpeg' }",
	downloadAttachment: "parseAs: 'blob'"
};

/** Adds them to the operations of an OpenAPI document. */
export function addExamples(paths: Readonly<Record<string, object>>): void {
	for (const [path, item] of Object.entries(paths)) {
		for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
			const body = bodies[operation.operationId ?? ''];
			const content = operation.requestBody?.content?.['application/json'];
			if (body && content) Object.assign(content, { example: body });
			const samples = [
				{ label: 'openapi-fetch', source: callOf(method, path, operation, body) },
				{ label: 'supabase-js', source: supabaseSampleOf(operation.operationId ?? '', body) }
			].filter(({ source }) => source !== undefined);
			Object.assign(operation, { 'x-codeSamples': samples.map((each) => ({ lang: 'TypeScript', ...each })) });
		}
	}
}

function callOf(
	method: string,
	path: string,
	{ operationId = '', parameters = [] }: Operation,
	body: object | undefined
): string {
	const those = (where: string) =>
		Object.fromEntries(
			parameters
				.filter((each) => each.in === where && (where === 'path' || each.required))
				.map(({ name = '' }) => [name, values[name]])
		);
	const query = { ...queries[operationId], ...those('query') };
	const params = { ...some('path', those('path')), ...some('query', query) };
	const wish = { ...some('params', params), ...(body && { body }) };
	const file = files[operationId];
	const written = file === undefined ? asWritten(wish) : asWritten(wish).replace(/\n}$/, `,\n\t${file}\n}`);
	const rest = Object.keys(wish).length > 0 ? `, ${written}` : '';
	return [
		`const { data, error } = await api.${method.toUpperCase()}('${path}'${rest});`,
		'if (error) throw new Error(`${error.code}: ${error.title}`);'
	].join('\n');
}

/** Under its name, where there is something in it. */
const some = (name: string, values: object) => (Object.keys(values).length > 0 ? { [name]: values } : {});
