import type { TransactionSql } from 'postgres';
import { expect, test } from 'vitest';
import { refusalOf } from '#lib/server/refusals.ts';
import { asFailure } from '../../supabase/functions/_shared/database-connection.ts';
import { undone } from './attempts.ts';
import type { Persona } from './cast.ts';
import { refusalFor, thingsFor } from './matrix-verbs.ts';
import { operator } from './operating.ts';
import { text } from './verb.ts';
import { verbs } from './verbs.ts';
import { createWorld } from './world.ts';

/** In a transaction that is undone: others share this database, and for them it never rests. */
const rest = (tx: TransactionSql, minutes: number | null = null) => tx`
	insert into private.maintenance (says, ends_at)
	values ('We move house until noon.', now() + make_interval(mins => ${minutes}))`;

type Caller = { role: Persona['role'] | 'api_key' | 'supabase_auth_admin' | 'edge'; claims: Persona['claims'] };

/** What came of a statement: the SQLSTATE of its refusal, or its rows. It is undone. Before it, the superuser does what is given. */
async function attempt(tx: TransactionSql, { role, claims }: Caller, statement: string, given = '') {
	const came: { refused: string | null; rows: unknown } = { refused: null, rows: [] };
	await tx
		.savepoint(async (inner) => {
			await inner.unsafe(given);
			await inner`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
				set_config('request.jwt.claim.sub', ${String(claims?.sub ?? '')}, true), set_config('role', ${role}, true)`;
			came.rows = await inner.unsafe(statement);
			throw came;
		})
		.catch((cause: unknown) => {
			if (cause !== came) came.refused = String((cause as { code?: unknown }).code);
			// others were in the way: that says nothing of the statement, and all of it is done again
			if (['40P01', '55P03'].includes(came.refused ?? '')) throw cause;
		});
	return came;
}

/** What Postgres says to whoever writes in a transaction that reads. */
const readOnly = '25006';

/** What somebody is told who asks the Data API. */
const resting = 'PT503';

/** They find nothing to change in the small world. */
const idle = ['split_contact'];

test('R6.7 while the platform rests every verb that changes anything is refused, and every other answers as before', async () => {
	const found = await undone(async (tx) => {
		const world = await createWorld(tx);
		const volatile = await tx<{ name: string }[]>`
			select proname as name from pg_proc where pronamespace = 'api'::regnamespace and provolatile = 'v'`;
		const writes = new Set(volatile.map(({ name }) => name).filter((name) => !idle.includes(name)));
		const ask = async (byDataApi = false) => {
			const answers = new Map<string, string | null>();
			for (const [name, verb] of Object.entries(verbs)) {
				const persona = world.personas.find((each) => each.role !== 'anon' && refusalFor(verb, each, world) === null);
				const things = thingsFor(verb, persona!, world);
				const given = verb.given?.(things, persona!);
				const statement = `select api.${name}(${verb.call(things, persona!)})`;
				const path = byDataApi ? `select set_config('request.path', '/rpc/${name}', true);` : '';
				answers.set(name, (await attempt(tx, persona!, statement, `${given ?? ''};${path}`)).refused);
			}
			return answers;
		};
		const before = await ask();
		await rest(tx);
		const after = await ask();
		const told = await ask(true);
		return [
			...[...before].filter(([, refused]) => refused !== null).map(([name]) => `${name} is refused anyway`),
			...[...after]
				.filter(([name, refused]) => refused !== (writes.has(name) ? readOnly : null))
				.map(([name, refused]) => `${name}: ${refused ?? 'done'}`),
			...[...told]
				.filter(([name, refused]) => refused !== (writes.has(name) || idle.includes(name) ? resting : null))
				.map(([name, refused]) => `${name} by the Data API: ${refused ?? 'done'}`),
			writes.size > 90 ? 'enough' : 'too few write'
		];
	});
	expect(found).toEqual(['enough']);
});

test('R6.7 a key, too, can read and not write, and texts from outside are stored all the same', async () => {
	const told = await undone(async (tx) => {
		const { things } = await createWorld(tx);
		const organization = String(things.organization_id);
		const [key] = await tx<{ id: string }[]>`
			insert into public.api_keys (organization_id, name, mode, public_id, scopes)
			values (${organization}, 'Bookings', 'live', left(md5(random()::text), 8),
				'{messages:read,messages:write,conversations:write}') returning id`;
		const [number] = await tx<{ e164: string }[]>`
			select e164 from public.phone_numbers where id = ${String(things.phone_number_id)}`;
		const program = { role: 'api_key' as const, claims: { role: 'api_key', key_id: key!.id, address: null } };
		const conversation = text(things.conversation_id);
		const calls = [
			`select api.send_message('Hello', 'a key of its own', conversation_id => ${conversation})`,
			`select api.archive_conversations(array[${conversation}]::uuid[])`,
			`select 1 from api.messages limit 1`
		];
		const ask = async () => {
			const answers = [];
			for (const call of calls) answers.push((await attempt(tx, program, call)).refused);
			return answers;
		};
		const before = await ask();
		await rest(tx);
		const sid = `SM${crypto.randomUUID().replaceAll('-', '')}`;
		await tx`set local role edge`;
		const [received] = await tx<{ answer: { outcome: string } }[]>`
			select service.receive_message('twilio', ${sid}, '+14155550191', ${number!.e164}, 'Are you there?', 1, null,
				${tx.json({ MessageSid: sid })}, null) as answer`;
		await tx`reset role`;
		return { before, after: await ask(), received: received!.answer.outcome };
	});
	expect(told).toEqual({ before: [null, null, null], after: [readOnly, readOnly, null], received: 'stored' });
});

test('R6.7 whoever writes meanwhile hears when to come back, on pages and by API', async () => {
	const said = Object.assign(new Error('cannot execute UPDATE in a read-only transaction'), { code: readOnly });
	const failure = asFailure(said);
	expect(failure).toMatchObject({ slug: 'maintenance', status: 503 });
	expect((failure as { retryAt: Date }).retryAt.getTime()).toBeGreaterThan(Date.now() + 30_000);
	const refused = { name: 'PostgrestError', details: '', hint: '', message: said.message, code: readOnly };
	expect(refusalOf(refused as Parameters<typeof refusalOf>[0])).toMatchObject({ slug: 'maintenance', status: 503 });
});

test('R6.7 nobody signs up meanwhile or gets another password or address, and nobody is kept from signing in', async () => {
	const told = await undone(async (tx) => {
		const { owner, things } = await createWorld(tx);
		const who = text(owner.claims?.sub);
		const auth = { role: 'supabase_auth_admin' as const, claims: null };
		const id = crypto.randomUUID();
		const picture = text(`${String(owner.claims?.sub)}/${crypto.randomUUID()}`);
		const calls = {
			signUp: [
				auth,
				`insert into auth.users (id, email, raw_user_meta_data) values (${text(id)}, ${text(`${id}@tidewater.example`)},
				${text(JSON.stringify({ username: `u${id.slice(0, 8)}` }))}::jsonb)`
			],
			password: [auth, `update auth.users set encrypted_password = 'another' where id = ${who}`],
			address: [auth, `update auth.users set email_change = 'new@tidewater.example' where id = ${who}`],
			signIn: [
				auth,
				`update auth.users set last_sign_in_at = now(), encrypted_password = encrypted_password where id = ${who}`
			],
			upload: [owner, `insert into storage.objects (bucket_id, name, owner_id) values ('avatars', ${picture}, ${who})`],
			letter: [
				{ role: 'edge' as const, claims: null },
				`select service.begin_mail(${text(`${id}@x.example`)}, 'recovery')`
			],
			number: [owner, `select 1 from api.phone_numbers where id = ${text(things.phone_number_id)}`]
		} as const;
		const ask = async () => {
			const answers: Record<string, string | null> = {};
			for (const [name, [caller, statement]] of Object.entries(calls)) {
				answers[name] = (await attempt(tx, caller, statement)).refused;
			}
			return answers;
		};
		const before = await ask();
		await rest(tx);
		return { before: Object.values(before).filter((refused) => refused !== null), after: await ask() };
	});
	expect(told).toEqual({
		before: [],
		after: {
			...{ signUp: resting, password: resting, address: resting, upload: resting, letter: resting },
			...{ signIn: null, number: null }
		}
	});
});

test('R6.7 whoever is refused hears when it is announced to be over: a minute at least, an hour at most', async () => {
	const waits = await undone(async (tx) => {
		const found = [];
		for (const minutes of [null, -5, 20, 300]) {
			await tx`delete from private.maintenance`;
			await rest(tx, minutes);
			const hint = await tx
				.savepoint((inner) => inner`select service.require_awake()`)
				.catch((cause: { hint?: string }) => Date.parse(cause.hint ?? ''));
			const [now] = await tx<{ at: Date }[]>`select now() as at`;
			found.push(Math.round((Number(hint) - now!.at.getTime()) / 1000));
		}
		return found;
	});
	expect(waits).toEqual([60, 60, 1200, 3600]);
});

test('R6.7 each page is told what is announced now, and nothing of what was or will be', async () => {
	const notices = await undone(async (tx) => {
		const { owner } = await createWorld(tx);
		await tx`
			insert into private.announcements (level, says, is_public, starts_at, ends_at, withdrawn_at)
			values ('info', 'Now', false, now() - interval '1 hour', now() + interval '1 hour', null),
				('info', 'Then', false, now() - interval '2 hours', now() - interval '1 hour', null),
				('info', 'Later', true, now() + interval '1 hour', now() + interval '2 hours', null),
				('info', 'Never', true, now() - interval '1 hour', now() + interval '1 hour', now())`;
		await rest(tx);
		const { rows } = await attempt(tx, owner, 'select api.me(null) as me');
		return (rows as { me: { notices: { level: string; says: string }[] } }[])[0]!.me.notices;
	});
	expect(notices).toMatchObject([
		{ level: 'info', says: 'Now' },
		{ level: 'maintenance', says: 'We move house until noon.' }
	]);
});

test('R6.7 administrators, and nobody else, have it rest and go on, and announce, each time with a reason', async () => {
	const [helper, repairs, administrator] = [
		(await operator('support')).session,
		(await operator('operator')).session,
		(await operator('administrator')).session
	];
	const told = await undone(async (tx) => {
		const ask = async (session: string, says: string | null, reason = 'A bigger database') => {
			try {
				await tx.savepoint((inner) => inner`select service.operator_set_maintenance(${session}, ${reason}, ${says})`);
			} catch (cause) {
				return cause instanceof Error ? cause.message : String(cause);
			}
			const [now] = await tx`select (select says from private.maintenance) as says`;
			return now!.says as string | null;
		};
		const announce = (session: string, ends: string) =>
			tx
				.savepoint(
					(inner) => inner`
						select service.operator_announce(${session}, 'info', 'Later', now() + ${ends}::interval, true, 'So that they know')`
				)
				.then(
					() => 'done',
					(cause: unknown) => (cause instanceof Error ? cause.message : String(cause))
				);
		const answers = [
			await ask(helper, 'Closed'),
			await ask(repairs, 'Closed'),
			await ask(administrator, 'Closed', ' '),
			await ask(administrator, 'No'),
			await ask(administrator, 'Back at noon'),
			await ask(administrator, 'Back at one'),
			await ask(administrator, null),
			await announce(repairs, '1 hour'),
			await announce(administrator, '-1 hour'),
			await announce(administrator, '1 hour'),
			await tx`update private.operator_sessions set code_at = now() - interval '10 minutes'
				where hash = decode(${administrator}, 'hex')`.then(() => ask(administrator, 'Without a fresh code'))
		];
		const book = await tx<{ verb: string }[]>`
			select l.verb from private.operator_log l
			join private.operator_sessions s on s.operator_id = l.operator_id and s.hash = decode(${administrator}, 'hex')
			where l.reason is not null order by l.verb`;
		return { answers, book: book.map(({ verb }) => verb) };
	});
	expect(told.answers).toEqual([
		...['operator_not_allowed', 'operator_not_allowed', 'reason_missing', 'announcement_invalid'],
		...['Back at noon', 'Back at one', null],
		...['operator_not_allowed', 'announcement_invalid', 'done', 'operator_code_needed']
	]);
	expect(told.book).toEqual(['announcement.published', 'maintenance.begun', 'maintenance.begun', 'maintenance.ended']);
});
