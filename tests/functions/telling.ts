/** People who chose how they are told, what happens to them, and what reached them. */
import { toldOf } from '#core/told.ts';
import { displayPhone } from '#core/phone-display.ts';
import type { Notification } from '#core/notifications.ts';
import { as, receive } from '../db/acting.ts';
import { ask, cancel } from '../db/verifying.ts';
import { createDevice } from '../support/devices.ts';
import { addMember, createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { places, type Happening, type Plan, type Reader } from './telling-plans.ts';

const { env, sql } = stack;

/** The words that all stand in whatever tells of it, and in nothing else. */
export type Mark = readonly string[];

/** Two readers with an owner in two organizations with numbers, who chose as the plan says. */
export async function scene(plan: Plan) {
	const owner = await createPerson(sql, env);
	const people = [await createPerson(sql, env), await createPerson(sql, env)] as const;
	const organizations = [
		await createOrganization(sql, { owner, name: 'First' }),
		await createOrganization(sql, { owner, name: 'Second' })
	] as const;
	for (const { id } of organizations) {
		for (const [at, person] of people.entries()) await addMember(sql, id, person, plan.readers[at]!.role);
		await as(owner, (tx) => tx`select api.confirm_allowed_use(${id})`);
	}
	const numbers = await Promise.all(
		places.map(({ organization }) => createNumber(sql, null, { organizationId: organizations[organization].id }))
	);
	const readers = await Promise.all(
		people.map(async (person, at) => {
			const { devices: count, ...chosen } = plan.readers[at]!;
			const devices = await Promise.all(Array.from({ length: count }, () => createDevice(env)));
			await as(person, async (tx) => {
				for (const { endpoint, keys } of devices)
					await tx`select api.subscribe_push(${endpoint}, ${keys.p256dh}, ${keys.auth})`;
				if (chosen.quiet)
					await tx`
						select api.set_notification_hours((now() at time zone 'UTC' - interval '1 hour')::time,
							(now() at time zone 'UTC' + interval '2 hours')::time, ${chosen.mentionsBreakThrough})`;
				for (const [where, { id }] of organizations.entries())
					for (const number of [null, 0, 1, 2] as const) {
						const choices = choicesFor(chosen.chosen, where, number);
						if (choices.length === 0) continue;
						const numberId = number === null ? null : numbers[number]!.id;
						await tx`select api.choose_notifications(${id}, ${tx.json(choices)}, ${numberId})`;
					}
			});
			await sql`update public.profiles set time_zone = 'UTC' where id = ${person.userId}`;
			return { person, devices };
		})
	);
	return { owner, readers: [readers[0]!, readers[1]!] as const, organizations, numbers };
}
export type Scene = Awaited<ReturnType<typeof scene>>;

const choicesFor = (chosen: Reader['chosen'], organization: number, number: number | null) =>
	chosen
		.filter((one) => one.organization === organization && one.number === number)
		.map(({ event, bell, push, email }) => ({ event, bell, push, email }));

/** Has it happen, to something of its own; answers with what tells of it is known by. */
export async function happen(scene: Scene, happening: Happening): Promise<Mark> {
	const { owner, readers, organizations, numbers } = scene;
	const { event, place, whom, byThemself } = happening;
	const { id: organizationId, slug } = organizations[places[place].organization];
	const number = numbers[place]!;
	const reader = readers[whom].person;
	const actor = byThemself ? reader : owner;
	const handset = inventNumber();
	const conversation = async () => {
		const [row] = await sql<{ id: string }[]>`
			select private.open_conversation(${organizationId}, ${number.id}, ${handset}) as id`;
		return row!.id;
	};
	switch (event) {
		case 'mention': {
			const id = await conversation();
			const body = `@${reader.username} is it open?`;
			await as(actor, (tx) => tx`select api.add_note(${id}, ${body}, ${crypto.randomUUID()})`);
			return [`/inbox/${id}`];
		}
		case 'assigned': {
			const id = await conversation();
			await as(actor, (tx) => tx`select api.assign_conversations(array[${id}]::uuid[], ${reader.userId})`);
			return [`/inbox/${id}`];
		}
		case 'message': {
			const id = await conversation();
			await as(reader, (tx) => tx`select api.follow_conversation(${id}, true)`);
			await receive(number.e164, { from: handset });
			return [`/inbox/${id}`];
		}
		case 'any_text':
			return [`/inbox/${(await receive(number.e164, { from: handset })).conversation_id}`];
		case 'failed': {
			const id = await conversation();
			const [sent] = await sql<{ id: string }[]>`
				insert into public.messages (conversation_id, direction, status, body, author_id, idempotency_key)
				values (${id}, 'outbound', 'queued', 'It is.', ${reader.userId}, ${crypto.randomUUID()})
				returning id`;
			await sql`update public.messages set status = 'failed', error_code = '30003' where id = ${sent!.id}`;
			return [`/inbox/${id}`];
		}
		case 'verification': {
			const { id } = await ask(reader, organizationId, { numberId: number.id });
			if (byThemself) await cancel(reader, id);
			else await expire(id);
			return [`/verifications/${id}`];
		}
		case 'export':
			await exported(organizationId, reader.userId);
			return [`/${slug}/verifications/export`];
		default:
			return notice(event, organizationId, slug);
	}
}

async function expire(verificationId: string): Promise<void> {
	await sql`update public.verifications set expires_at = now() where id = ${verificationId}`;
	await sql`select private.expire_verification(${verificationId})`;
}

/** The worker has put the last of the files away. */
async function exported(organizationId: string, userId: string): Promise<void> {
	const [row] = await sql<{ id: string }[]>`
		insert into public.verification_exports (organization_id, user_id, format, filters, total_rows, cursor_id)
		values (${organizationId}, ${userId}, 'csv', '{}', 1, gen_random_uuid())
		returning id`;
	await sql`
		select private.keep_verification_export_part(e.id, 1, 'a/file.csv', e.cursor_id, null, 1, 1, '{}', false, true)
		from public.verification_exports e where e.id = ${row!.id}`;
}

/** Something that no conversation is about, to something of its own. */
async function notice(event: 'numbers' | 'billing' | 'programs', organizationId: string, slug: string): Promise<Mark> {
	if (event === 'billing') {
		await sql`select private.warn_of_limit(${organizationId}, 'segments', current_date, 8, 10)`;
		return [`/${slug}/`, 'segments are used'];
	}
	if (event === 'programs') {
		const id = crypto.randomUUID();
		await sql`
			with made as (
				insert into public.webhook_endpoints (id, organization_id, url, event_types, failing_since, disabled_at, disabled_reason)
				values (${id}, ${organizationId}, ${`https://${id}.example/`}, '{message.received}', now() - interval '3 days',
					now(), 'failing')
				returning *)
			select private.tell_of_endpoint('webhook_disabled', made::public.webhook_endpoints) from made`;
		return [id];
	}
	const { id, e164 } = await createNumber(sql, null, { organizationId });
	const { prefix, rest } = displayPhone(e164);
	const shown = `${prefix} ${rest}`.trim();
	await sql`update public.phone_numbers set label = ${shown} where id = ${id}`;
	await sql`
		insert into public.number_events (organization_id, phone_number_id, kind, about)
		values (${organizationId}, ${id}, 'renewed', now() + interval '1 month')`;
	await sql`select private.tell_of_numbers()`;
	return [shown];
}

type Mail = { subject: string; text: string; messageId: string; to: { address: string }[] };

/** What reached a reader, each thing once: of a letter or push that left twice the second has the name of the first. */
export async function arrived({ readers, organizations }: Scene, which: 0 | 1, known: readonly Mark[]) {
	const { person, devices } = readers[which];
	const markOf = (said: string) => {
		const plain = said.replaceAll('\u00a0', ' ');
		return known.find((mark) => mark.every((word) => plain.includes(word)))?.join() ?? said;
	};
	const pushes = await Promise.all(devices.map((device) => device.pushes()));
	const mails = (await (await fetch(`${env.MAIL_URL}/email`)).json()) as Mail[];
	const mine = mails.filter(({ to }) => to.some(({ address }) => address === person.email));
	const letters = [...new Map(mine.map((mail) => [mail.messageId, mail])).values()];
	const isDigest = ({ subject }: Mail) => / notifications? from |^One notification from /.test(subject);
	const rows = await as(
		person,
		(tx) => tx<(Notification & { organization_id: string })[]>`
		select * from api.notifications where organization_id = any (${organizations.map(({ id }) => id)})`
	);
	return {
		bell: rows.map((row) => markOf(saidBy(row, organizations))).sort(),
		pushes: pushes.map((each) =>
			[...new Map(each.map(({ words }) => [words.id, markOf(JSON.stringify(words))])).values()].sort()
		),
		letters: letters
			.filter((letter) => !isDigest(letter))
			.map(({ subject, text }) => markOf(`${subject} ${text}`))
			.sort(),
		digests: letters
			.filter(isDigest)
			.map(({ subject, text }) => `${subject}, ${/in the last (hour|day)\./.exec(text)?.[1]}`)
			.sort()
	};
}

function saidBy(row: Notification & { organization_id: string }, organizations: Scene['organizations']): string {
	const { slug } = organizations.find(({ id }) => id === row.organization_id)!;
	const says = toldOf(row, () => 'A colleague');
	const { conversation_id: conversation, verification_id: verification } = row;
	const about = conversation ? `inbox/${conversation}` : `verifications/${verification ?? 'export'}`;
	return `${says} /${slug}/${row.topic ? row.subject : about}`;
}
