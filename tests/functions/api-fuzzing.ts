/** Asks the developer API what was made up from its document, and looks at what it answers. */
import fc from 'fast-check';
import type { Sql } from 'postgres';
import { scopeNames } from '#core/key-scopes.ts';
import { png } from '../support/pictures.ts';
import { createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import type { Environment } from '../support/stack.ts';
import { filledIn, requestsOf, type Made } from './api-fuzz.ts';
import type { Problem } from './api-door.ts';
import { createKey } from './api-keys.ts';
import { inboundFields, openTwilio } from './doors.ts';
import { measureOf, operationsOf, type Document } from './api-schemas.ts';

type Answer = { status: number; headers: Headers; body: unknown };
type Key = Awaited<ReturnType<typeof createKey>>;
type Fuzz = {
	env: Environment;
	sql: Sql;
	/** `body`: JSON, or the bytes of a PNG. */
	ask: (method: string, path: string, key: Key | null, body?: unknown) => Promise<Answer>;
	requests: number;
	seed: number;
	/** How many are under way at once. */
	atOnce: number;
	/** Operations that are not asked for. */
	without?: readonly string[];
};
export type Fuzzed = {
	/** What is wrong, each with the request and its seed; nothing where all is well. */
	found: string[];
	/** How many answers there were of each status. */
	statuses: Record<number, number>;
	/** How many operations were asked for, and with which codes those of them were refused that never did what they are for. */
	asked: number;
	undone: Record<string, string>;
};

const secret = 'nobody else reads this';

/**
 * So many requests by a key that may do everything, about things of its organization and of another one. Wrong is an error of
 * ours, an answer that the document does not know, whatever tells of the other organization, and what changes there.
 */
export async function fuzz({ sql, ask, requests, seed, atOnce, without = [], env }: Fuzz): Promise<Fuzzed> {
	const document = (await ask('GET', '/openapi.json', null)).body as Document;
	const [own, others] = [await scene({ env, sql, ask }, 'ours'), await scene({ env, sql, ask }, secret)];
	const before = await everythingOf(sql, others.organizationId);
	const operations = operationsOf(document);
	const measure = measureOf(document);
	const wishes = fc.sample(requestsOf(document, without), { numRuns: requests, seed });
	const things: Record<string, readonly string[]> = { ...own.things, others: Object.values(others.things).flat() };
	const found: string[] = [];
	const statuses: Fuzzed['statuses'] = {};
	const done = new Set<string>();
	const codes: Record<string, Set<string>> = {};

	async function look(made: Made): Promise<void> {
		const { method, path, json, operationId, picture } = filledIn(made, things);
		const sent = picture ? new Uint8Array(png) : json;
		const { status, headers, body } = await ask(method.toUpperCase(), path, own.key, sent);
		const said = JSON.stringify(body ?? '');
		const wish = `${path} ${JSON.stringify(json)}`;
		const tell = (what: string) =>
			found.push(`${what}: seed ${seed}, ${method} ${wish}: ${status} ${said.slice(0, 300)}`);
		statuses[status] = (statuses[status] ?? 0) + 1;
		(codes[operationId] ??= new Set()).add((body as Partial<Problem> | null)?.code ?? String(status));
		if (status < 300) done.add(operationId);
		if (status === 201) {
			const isLater = json !== null && typeof json === 'object' && 'send_at' in json;
			learn(isLater ? 'scheduled-messages' : (/[^/?]+/.exec(path)?.[0] ?? ''), (body as { id: string }).id);
		}
		if (status >= 500) tell('an error of ours');
		const told = others.hidden.filter((id) => said.includes(id));
		if (said.includes(secret) || told.length > 0) tell(`told of others (${told.join()})`);
		const operation = operations.find((each) => each.operationId === operationId);
		const wrong = operation ? measure(operation, status, headers, body) : ['there is no such operation'];
		if (wrong.length > 0) tell(wrong.join(', '));
	}

	/** What was made is there to be asked for. */
	function learn(noun: string, id: string): void {
		things[noun] = [...(things[noun] ?? []), id].slice(-20);
	}

	const left = wishes.values();
	await Promise.all(
		Array.from({ length: atOnce }, async () => {
			for (const wish of left) await look(wish);
		})
	);
	if ((await everythingOf(sql, others.organizationId)) !== before)
		found.push(`seed ${seed}: something of others changed`);
	const undone = Object.entries(codes).filter(([operation]) => !done.has(operation));
	return {
		...{ found, statuses, asked: Object.keys(codes).length },
		undone: Object.fromEntries(undone.map(([operation, each]) => [operation, [...each].join(' ')]))
	};
}

/** An organization with something of everything, and a key for all of it. `hidden` are never asked for. */
async function scene({ env, sql, ask }: Pick<Fuzz, 'env' | 'sql' | 'ask'>, body: string) {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	await sql`select private.grant_plan(${organizationId}, 'scale', now() + interval '1 day')`;
	const numbers = await Promise.all(Array.from({ length: 6 }, () => createNumber(sql, null, { organizationId })));
	const [number] = numbers as [(typeof numbers)[number]];
	const key = await createKey(sql, organizationId, { scopes: scopeNames });
	// what is counted is not what is looked at
	await sql`select private.grant_limit(${organizationId}, 1000000, 'infinity', 'a test')`;
	await sql`update public.organizations set allowed_use_confirmed_at = now() where id = ${organizationId}`;
	await sql`
		select private.transfer(${organizationId},
			array[row('payments', -500000000), row('wallet', 500000000)]::private.ledger_leg[], 'top_up', 'to be spent')`;
	const guests = Array.from({ length: 12 }, inventNumber);
	const [guest, ...strangers] = guests as [string, ...string[]];
	const twilio = openTwilio(env);
	for (const from of [guest, inventNumber()]) await twilio.inbound(inboundFields(env, { from, to: number.e164, body }));
	await twilio.database.end();
	const [received, ...hidden] = await sql<{ id: string; conversation_id: string; contact_id: string }[]>`
		select m.id, m.conversation_id, c.contact_id
		from public.messages m join public.conversations c on c.id = m.conversation_id
		where m.organization_id = ${organizationId} order by m.id`;
	const make = async (path: string, json: object) => [((await ask('POST', path, key, json)).body as { id: string }).id];
	const send_at = new Date(Date.now() + 3_600_000).toISOString();
	const hook = { url: 'https://hooks.example/texts', event_types: ['opt_out.added'], description: body };
	// put up by the key, without its bytes
	const [file] = await sql<{ id: string }[]>`
		insert into public.attachments (organization_id, phone_number_id, conversation_id, api_key_id, name, type, size, status)
		values (${organizationId}, ${number.id}, ${received!.conversation_id}, ${key.id}, ${body}, 'image/png', 70, 'ready')
		returning id`;
	const things: Record<string, string[]> = {
		attachments: [file!.id],
		messages: [received!.id],
		conversations: [received!.conversation_id],
		'scheduled-messages': await make('/messages', { from: number.id, to: guest, body, send_at }),
		labels: await make('/labels', { name: body }),
		contacts: await make('/contacts', { phone_number: strangers[0], name: body }),
		verifications: await make('/verifications', { service: body, ttl_seconds: 86_400, note: body }),
		'webhook-endpoints': await make('/webhook-endpoints', hook),
		numbers: numbers.flatMap(({ id, e164 }) => [id, e164]),
		'number-renewals': numbers.map(({ id }) => id),
		'own-numbers': numbers.map(({ e164 }) => e164),
		guests,
		people: [owner.userId],
		organization: [organizationId]
	};
	return { key, organizationId, things, hidden: hidden.flatMap((row) => Object.values(row)) };
}

/** All that an organization has, in one word: another word if anything changes. */
async function everythingOf(sql: Sql, organizationId: string): Promise<string> {
	const tables = ['messages', 'scheduled_messages', 'conversations', 'contacts', 'labels', 'opt_outs', 'phone_numbers'];
	const more = ['verifications', 'webhook_endpoints', 'number_orders', 'attachments'];
	const rows = await Promise.all(
		[...tables, ...more].map(async (table) => {
			const [row] = await sql<{ all: string }[]>`
				select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as all
				from ${sql(`public.${table}`)} t where t.organization_id = ${organizationId}`;
			return `${table} ${row?.all}`;
		})
	);
	return rows.join();
}
