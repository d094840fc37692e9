/**
 * Events by channels by settings: whatever somebody chose and whatever happens, exactly what was asked for is delivered, also when
 * the worker is killed in between. A stack of its own, because its worker dies.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { notificationDefaults, type Choice, type NotificationEvent } from '#core/notifications.ts';
import { holderOf } from '../../stack/processes.ts';
import { createDevice } from '../support/devices.ts';
import { addMember, createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { eventually } from './doors.ts';

const events = ['mention', 'assigned', 'message', 'any_text', 'failed'] as const;
type Event = (typeof events)[number];
type Happening = { event: Event; number: 0 | 1; byThemself: boolean };
type Plan = {
	everywhere: Choice[];
	/** At the second number. */
	there: Choice[];
	quiet: boolean;
	mentionsBreakThrough: boolean;
	devices: number;
	happenings: Happening[];
	/** After which happening the worker is killed. */
	killAfter: number;
};

const choices = fc.uniqueArray(
	fc.record({
		event: fc.constantFrom<NotificationEvent>(...events),
		bell: fc.boolean(),
		push: fc.boolean(),
		email: fc.constantFrom('off' as const, 'unread' as const, 'at_once' as const, 'hourly' as const, 'daily' as const)
	}),
	{ selector: ({ event }) => event, maxLength: 5 }
);
const plans: fc.Arbitrary<Plan> = fc.record({
	everywhere: choices,
	there: choices,
	quiet: fc.boolean(),
	mentionsBreakThrough: fc.boolean(),
	devices: fc.integer({ min: 0, max: 2 }),
	happenings: fc.array(
		fc.record({ event: fc.constantFrom(...events), number: fc.constantFrom(0, 1), byThemself: fc.boolean() }),
		{ minLength: 3, maxLength: 8 }
	),
	killAfter: fc.nat(7)
});

let stack: Stack;
beforeAll(async () => {
	stack = await startStack({ app: false });
}, 120_000);
afterAll(() => stack?.stop());

/** Somebody in an organization with two numbers, who chose so. */
async function scene(plan: Plan) {
	const { sql, env } = stack;
	const [owner, reader] = [await createPerson(sql, env), await createPerson(sql, env)];
	const { id: organizationId } = await createOrganization(sql, { owner });
	await addMember(sql, organizationId, reader, 'member');
	const numbers = [
		await createNumber(sql, null, { organizationId }),
		await createNumber(sql, null, { organizationId })
	] as const;
	const devices = await Promise.all(Array.from({ length: plan.devices }, () => createDevice(env)));
	for (const { endpoint, keys } of devices)
		await sql`
			insert into private.push_subscriptions (user_id, session_id, endpoint, p256dh, auth)
			values (${reader.userId}, ${reader.sessionId}, ${endpoint}, ${keys.p256dh}, ${keys.auth})`;
	for (const [number, chosen] of [
		[null, plan.everywhere],
		[numbers[1].id, plan.there]
	] as const)
		for (const { event, bell, push, email } of chosen)
			await sql`
				insert into private.notification_choices (user_id, organization_id, phone_number_id, event, bell, push, email)
				values (${reader.userId}, ${organizationId}, ${number}, ${event}, ${bell}, ${push}, ${email})`;
	if (plan.quiet)
		await sql`
			insert into private.notification_hours (user_id, quiet_from, quiet_until, mentions_break_through)
			values (${reader.userId}, (now() at time zone 'UTC' - interval '1 hour')::time,
				(now() at time zone 'UTC' + interval '2 hours')::time, ${plan.mentionsBreakThrough})`;
	await sql`update public.profiles set time_zone = 'UTC' where id = ${reader.userId}`;
	return { owner, reader, organizationId, numbers, devices };
}
type Scene = Awaited<ReturnType<typeof scene>>;

/** Has it happen in a conversation of its own, which it answers with. */
async function happen({ owner, reader, organizationId, numbers }: Scene, { event, number, byThemself }: Happening) {
	const { sql } = stack;
	const { id: numberId } = numbers[number];
	const actor = byThemself ? reader : owner;
	return sql.begin(async (tx) => {
		await tx`select set_config('request.jwt.claim.sub', ${actor.userId}, true),
			set_config('request.jwt.claims', ${JSON.stringify({ sub: actor.userId })}, true)`;
		const [row] = await tx<{ id: string }[]>`
			select private.open_conversation(${organizationId}, ${numberId}, ${inventNumber()}) as id`;
		const { id } = row!;
		const text = (direction: 'inbound' | 'outbound', author: string | null) => tx<{ id: string }[]>`
			insert into public.messages (conversation_id, direction, status, body, author_id, idempotency_key)
			values (${id}, ${direction}, ${direction === 'inbound' ? 'received' : 'queued'}, 'Is it open?', ${author},
				${author && crypto.randomUUID()})
			returning id`;
		if (event === 'mention')
			await tx`
			select private.notify_mentions(${id}, ${actor.userId}, array[${reader.userId}]::uuid[], null, null, 0)`;
		if (event === 'assigned') await tx`update public.conversations set assignee_id = ${reader.userId} where id = ${id}`;
		if (event === 'message') {
			await tx`
				insert into public.conversation_followers (conversation_id, organization_id, user_id)
				values (${id}, ${organizationId}, ${reader.userId})`;
			await text('inbound', null);
		}
		if (event === 'any_text') await text('inbound', null);
		if (event === 'failed') {
			const [sent] = await text('outbound', reader.userId);
			await tx`update public.messages set status = 'failed', error_code = '30003' where id = ${sent!.id}`;
		}
		return id;
	});
}

/** How it was to be told, as the settings page says it. */
function askedFor(plan: Plan, { event, number, byThemself }: Happening): Choice | null {
	// texts come from outside, and that a text failed is nobody's doing
	if (byThemself && (event === 'mention' || event === 'assigned')) return null;
	const here = number === 1 ? plan.there.find((one) => one.event === event) : undefined;
	const choice = here ?? plan.everywhere.find((one) => one.event === event);
	return choice ?? notificationDefaults.find((one) => one.event === event) ?? null;
}

/** The worker listens on the twelfth port after the base, the gateway on the first. Time passes: its leases run out. */
async function killWorker(): Promise<void> {
	const holder = holderOf(Number(new URL(stack.env.SUPABASE_URL).port) + 11);
	const [, pid] = /\(pid (\d+)\)$/.exec(holder ?? '') ?? [];
	// it may be on its way back from the last time
	if (pid) process.kill(Number(pid), 'SIGKILL');
	await stack.sql`update private.jobs set leased_until = now() where leased_until > now()`;
}

const jobsOf = ({ reader }: Scene) => stack.sql<{ id: string; done: boolean }[]>`
	select j.id, j.completed_at is not null or j.run_at > now() as done
	from private.jobs j
	where j.kind in ('send_push', 'send_letter', 'send_digest') and j.parked_at is null
		and (j.payload ->> 'user_id' = ${reader.userId} or (j.payload ->> 'notification_id')::uuid in (
			select id from public.notifications where user_id = ${reader.userId}))`;
const settled = (people: Scene) =>
	eventually(
		async () => {
			await stack.sql`select private.ring_worker()`;
			return jobsOf(people);
		},
		(jobs) => jobs.every(({ done }) => done),
		30
	);

/** What arrived, each thing once: of a letter or push that left twice the second has the name of the first. */
async function arrived({ reader, devices }: Scene) {
	const pushes = await Promise.all(devices.map((device) => device.pushes()));
	const mails = (await (await fetch(`${stack.env.MAIL_URL}/email`)).json()) as {
		subject: string;
		text: string;
		messageId: string;
		to: { address: string }[];
	}[];
	const named = new Map(
		mails.filter(({ to }) => to.some(({ address }) => address === reader.email)).map((mail) => [mail.messageId, mail])
	);
	const letters = [...named.values()];
	const isDigest = ({ subject }: { subject: string }) => / notifications? from /.test(subject);
	return {
		pushes: pushes.map((each) => [...new Map(each.map(({ words }) => [words.id, words.tag])).values()].sort()),
		letters: letters
			.filter((letter) => !isDigest(letter))
			.flatMap(({ text }) => /\/inbox\/([0-9a-f-]{36})/.exec(text)?.[1] ?? [])
			.sort(),
		digests: letters
			.filter(isDigest)
			.map(({ subject }) => (subject.startsWith('One') ? 1 : Number.parseInt(subject, 10)))
			.sort()
	};
}

test(
	'R6.8 for random settings and events exactly the asked-for deliveries happen, also when the worker is killed in between',
	{ timeout: 170_000 },
	async () => {
		await fc.assert(
			fc.asyncProperty(plans, async (plan) => {
				const { sql } = stack;
				const people = await scene(plan);
				const told: { id: string; happening: Happening; choice: Choice }[] = [];
				for (const [at, happening] of plan.happenings.entries()) {
					const id = await happen(people, happening);
					const choice = askedFor(plan, happening);
					if (choice) told.push({ id, happening, choice });
					if (at === plan.killAfter) await killWorker();
				}
				const wanted = (which: (one: (typeof told)[number]) => boolean) =>
					told
						.filter(which)
						.map(({ id }) => id)
						.sort();
				const isQuiet = ({ happening }: { happening: Happening }) =>
					plan.quiet && !(happening.event === 'mention' && plan.mentionsBreakThrough);
				const perDevice = (ids: string[]) => people.devices.map(() => ids);

				await settled(people);
				expect(await arrived(people)).toEqual({
					pushes: perDevice(wanted((one) => one.choice.push && !isQuiet(one))),
					letters: wanted((one) => one.choice.email === 'at_once' && !isQuiet(one)),
					digests: []
				});
				const rows = await sql`
				select conversation_id from public.notifications
				where user_id = ${people.reader.userId} and bell order by conversation_id`;
				expect(rows.map(({ conversation_id }) => String(conversation_id)).sort()).toEqual(
					wanted(({ choice }) => choice.bell)
				);

				// the night is over, and so is the day
				await sql`delete from private.notification_hours where user_id = ${people.reader.userId}`;
				await sql`update private.jobs set run_at = now() where id = any (${(await jobsOf(people)).map(({ id }) => id)})
				and completed_at is null`;
				await sql`select private.ring_worker()`;
				await killWorker();
				await settled(people);
				const count = (email: 'hourly' | 'daily') => told.filter(({ choice }) => choice.email === email).length;
				expect(await arrived(people)).toEqual({
					pushes: perDevice(wanted(({ choice }) => choice.push)),
					letters: wanted(({ choice }) => choice.email === 'at_once' || choice.email === 'unread'),
					digests: [count('hourly'), count('daily')].filter((each) => each > 0).sort()
				});
			}),
			// a smaller example takes as long as the one that failed
			{ numRuns: 6, endOnFailure: true }
		);
	}
);
