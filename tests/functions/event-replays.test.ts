/** What providers told us is looked at again, any number of times: nothing of a tenant's changes, unless it came to nothing before. */
import type { Sql } from 'postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { twilio } from '../../supabase/functions/_shared/carriers/twilio.ts';
import { askerOf } from '../../supabase/functions/_shared/database-ask.ts';
import { receivingVerbs } from '../../supabase/functions/_shared/database-receiving.ts';
import type { Database } from '../../supabase/functions/_shared/database.ts';
import { createApp } from '../../supabase/functions/twilio/app.ts';
import { replayEvent } from '../../supabase/functions/worker/replay-event.ts';
import { seeded, type Random } from '../chaos/random.ts';
import { createNumber, createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { signedForm } from '../support/twilio.ts';
import { openScene } from './billing-scene.ts';
import { beginStory, step } from './billing-story.ts';
import { inboundFields, makeHandset, makeSid, openTwilio, receiptFields } from './doors.ts';

const { env, sql } = stack;

/** REPLAY_RUNS=200 is the whole proof; each run prints its seed where it fails. */
const runs = Number(process.env.REPLAY_RUNS || 4);

class Undo extends Error {}

/** Everything that belongs to an organization, and everything that is still to be done outside. */
async function belongings(tx: Sql, organizationId: string): Promise<Record<string, unknown>> {
	const tables = await tx<{ name: string }[]>`
		select format('%I.%I', c.table_schema, c.table_name) as name
		from information_schema.columns c
		join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
		where c.table_schema in ('public', 'private') and c.column_name = 'organization_id' and t.table_type = 'BASE TABLE'
		order by 1`;
	expect(tables.length).toBeGreaterThan(50);
	const all: Record<string, unknown> = {};
	for (const { name } of tables) {
		all[name] = await tx.unsafe(
			`select to_jsonb(t)::text as row from ${name} t where organization_id = $1 order by 1`,
			[organizationId]
		);
	}
	all.late = await tx`select to_jsonb(t)::text as row from private.late_texts t where created_at = now() order by 1`;
	all.jobs = await tx`
		select kind, payload from private.jobs where created_at = now() and kind <> 'sync_payment' order by id`;
	all.events = await tx`
		select provider, event_key, kind, outcome, message_id, message_status, error_code from private.provider_events
		where received_at = now() order by 1, 2`;
	return all;
}

/** An account that is not ours. */
const stranger = `AC${'9'.repeat(32)}`;

/** One thing that Twilio tells, of a kind that is chosen by chance. */
function news(random: Random, sids: { inbound: string[]; outbound: string[] }, to: string) {
	const from = random.pick(['+16285550111', '+16285550112', '+16285550113']);
	const body = random.pick(['Your code is 482910', 'STOP', 'START', 'Hello', 'G-220911 is your Google code', '']);
	const sid = random.next() < 0.3 && sids.inbound.length > 0 ? random.pick(sids.inbound) : makeSid();
	const text = inboundFields(env, { from, to, body, sid });
	const receipt = (of: string) =>
		receiptFields(
			env,
			of,
			...random.pick<[string, string?]>([
				['sent'],
				['delivered'],
				['undelivered', '30003'],
				['failed'],
				['failed', '30005'],
				['odd']
			])
		);
	const way = random.next();
	if (way < 0.3) {
		sids.inbound.push(sid);
		return { path: 'inbound', fields: text } as const;
	}
	if (way < 0.38) return { path: 'inbound', fields: { ...text, MessageSid: makeSid(), To: makeHandset() } } as const;
	if (way < 0.46)
		return { path: 'inbound', fields: { ...text, MessageSid: makeSid(), From: 'whatsapp:+14155550142' } } as const;
	if (way < 0.54) return { path: 'inbound', fields: { ...text, MessageSid: makeSid(), AccountSid: stranger } } as const;
	if (way < 0.62) return { path: 'status', fields: { ...receipt(makeSid()), AccountSid: stranger } } as const;
	if (way < 0.7) return { path: 'status', fields: receipt(makeSid()) } as const;
	return { path: 'status', fields: receipt(random.pick(sids.outbound)) } as const;
}

async function run(organizationId: string, to: string, random: Random): Promise<Set<string>> {
	const kinds = new Set<string>();
	const undone = sql.begin(async (tx) => {
		const here = tx as unknown as Sql;
		const scene = openScene(here, organizationId, random);
		try {
			const verbs = receivingVerbs(askerOf(<Row>(query: string) => tx.unsafe(query) as unknown as Promise<Row[]>));
			const database = { ...scene.database, ...verbs } as Database;
			const door = createApp({ env, database, log: () => undefined });
			const tell = async () => {
				const { path, fields } = news(random, sids, to);
				const address = path === 'inbound' ? env.TWILIO_INBOUND_URL : env.TWILIO_STATUS_URL;
				const answer = await door.request(`/twilio/${path}`, signedForm(env, address, fields));
				expect(answer.status, await answer.text()).toBe(200);
			};
			const sids: Parameters<typeof news>[1] = { inbound: [], outbound: [makeSid(), makeSid(), makeSid()] };
			const [place] = await tx<{ id: string }[]>`
				select private.open_conversation(n.organization_id, n.id, '+16285550111') as id from public.phone_numbers n
				where n.e164 = ${to}`;
			for (const sid of sids.outbound) {
				await tx`
					insert into public.messages (conversation_id, direction, status, body, carrier, carrier_message_id)
					values (${place!.id}, 'outbound', 'sending', 'Good evening', 'twilio', ${sid})`;
			}
			const story = await beginStory(scene);
			for (let left = 4; left > 0; left -= 1) {
				await step(story);
				for (const event of await story.news()) await story.deliver(event);
				for (let texts = 6; texts > 0; texts -= 1) await tell();
			}
			// until everything is heard and read
			for (let news = await story.news(); news.length > 0 || (await story.work()) > 0; news = await story.news()) {
				for (const event of news) await story.deliver(event);
			}

			const events = await tx<{ provider: string; event_key: string; kind: string; outcome: string }[]>`
				select provider, event_key, kind, outcome from private.provider_events where received_at = now()`;
			for (const { provider, kind, outcome } of events) kinds.add(provider === 'stripe' ? kind : `${kind} ${outcome}`);
			const before = await belongings(here, organizationId);
			const parts = {
				database,
				accountSid: env.TWILIO_ACCOUNT_SID,
				carrier: twilio({ accountSid: 'AC', authToken: '', baseUrl: undefined, fetch })
			};
			for (let times = random.between(30, 60); times > 0; times -= 1) {
				const { provider, event_key } = random.pick(events);
				const job = {
					id: crypto.randomUUID(),
					kind: 'replay_event',
					payload: { provider, event_key },
					attempts: 1,
					lease: '',
					request_id: null
				};
				await replayEvent(job, parts);
				if (random.next() < 0.2) await story.work(0.7);
			}
			while ((await story.work()) > 0);
			expect(await belongings(here, organizationId)).toEqual(before);
			const [counted] = await tx<{ many: number }[]>`
				select sum(replays)::int as many from private.event_repeats where replayed_at = now()`;
			expect(counted!.many).toBeGreaterThanOrEqual(30);
		} finally {
			scene.close();
		}
		throw new Undo();
	});
	await undone.catch((error: unknown) => {
		if (!(error instanceof Undo)) throw new Error(`seed ${random.seed}`, { cause: error });
	});
	return kinds;
}

test(
	`R6.7 any event looked at again any number of times changes nothing, ${runs} times of ${runs}`,
	{ timeout: 60_000 + runs * 10_000 },
	async () => {
		const owner = await createPerson(sql, env);
		const { id } = await createOrganization(sql, { owner, plan: null });
		const number = await createNumber(sql, null, { organizationId: id });
		const kinds = new Set<string>();
		const first = Number(process.env.REPLAY_SEED || Date.now() % 1_000_000);
		for (let at = 0; at < runs; at += 1) {
			for (const kind of await run(id, number.e164, seeded(first + at))) kinds.add(kind);
		}
		expect([...kinds]).toEqual(
			expect.arrayContaining([
				...['message stored', 'message unknown_number', 'message unsupported_sender', 'message foreign_account'],
				...[
					'receipt applied',
					'receipt unchanged',
					'receipt unknown_message',
					'receipt kept',
					'receipt foreign_account'
				]
			])
		);
		expect([...kinds].filter((kind) => kind.includes('.')).length).toBeGreaterThan(5);
	}
);

describe('what came to nothing', () => {
	const door = openTwilio(env);
	afterAll(() => door.database.end());

	/** The worker of the stack does it. */
	async function replay(key: string): Promise<string> {
		await sql`
			insert into private.jobs (kind, payload)
			values ('replay_event', ${sql.json({ provider: 'twilio', event_key: key })})`;
		const came = async () =>
			(
				await sql<{ came: string }[]>`select replay_outcome as came from private.event_repeats where event_key = ${key}`
			)[0]?.came;
		await expect.poll(came, { timeout: 20_000 }).toBeTruthy();
		return String(await came());
	}

	test('R6.7 a text to a number in quarantine stands in its thread, once, after it was looked at again', async () => {
		const owner = await createPerson(sql, env);
		const number = await createNumber(sql, env, { organizationId: owner.organizationId });
		const sid = makeSid();
		await sql`update public.phone_numbers set status = 'quarantined', quarantined_until = now() + interval '9 days' where id = ${number.id}`;
		await door.inbound(inboundFields(env, { from: makeHandset(), to: number.e164, body: 'Are you there?', sid }));
		const stored = () => sql`select body, status from public.messages where carrier_message_id = ${sid}`;
		expect(await stored()).toEqual([]);
		expect(await sql`select body from private.late_texts where carrier_message_id = ${sid}`).toHaveLength(1);
		await sql`update public.phone_numbers set status = 'active', quarantined_until = null where id = ${number.id}`;
		expect(await replay(`message:${sid}`)).toBe('stored');
		expect(await stored()).toEqual([{ body: 'Are you there?', status: 'received' }]);
		expect(await sql`select from private.late_texts where carrier_message_id = ${sid}`).toHaveLength(0);
		await sql`delete from private.event_repeats where event_key = ${`message:${sid}`}`;
		expect(await replay(`message:${sid}`)).toBe('duplicate');
		expect(await stored()).toHaveLength(1);
	});

	test('R6.7 a text from before a number was somebody’s never reaches them, however often it is looked at again', async () => {
		const sid = makeSid();
		const to = makeHandset();
		await door.inbound(inboundFields(env, { from: makeHandset(), to, body: 'For whoever had it before', sid }));
		await sql`update private.provider_events set received_at = now() - interval '1 hour' where event_key = ${`message:${sid}`}`;
		const owner = await createPerson(sql, env);
		const number = await createNumber(sql, null, { organizationId: owner.organizationId });
		await sql`update public.phone_numbers set e164 = ${to} where id = ${number.id}`;
		expect(await replay(`message:${sid}`)).toBe('duplicate');
		expect(await sql`select from public.messages where carrier_message_id = ${sid}`).toHaveLength(0);
	});

	test('R6.7 what is told again is counted beside the event, and an event that comes once has no count', async () => {
		const owner = await createPerson(sql, env);
		const number = await createNumber(sql, env, { organizationId: owner.organizationId });
		const sid = makeSid();
		const text = inboundFields(env, { from: makeHandset(), to: number.e164, body: 'Hello', sid });
		const repeats = () => sql`select repeats, replays from private.event_repeats where event_key = ${`message:${sid}`}`;
		await door.inbound(text);
		expect(await repeats()).toEqual([]);
		await Promise.all([door.inbound(text), door.inbound(text), door.inbound(text)]);
		expect(await repeats()).toEqual([{ repeats: 3, replays: 0 }]);
		const receipt = receiptFields(env, makeSid(), 'sent');
		for (let times = 3; times > 0; times -= 1) await door.status(receipt);
		expect(
			await sql`select repeats from private.event_repeats where event_key = ${`receipt:${receipt.MessageSid}:sent:`}`
		).toEqual([{ repeats: 2 }]);
	});
});
