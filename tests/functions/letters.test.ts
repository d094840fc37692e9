import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type Database, type Job } from '../../supabase/functions/_shared/database.ts';
import { notices } from '../../supabase/functions/_shared/mail/letters.ts';
import { outcomeOf, smtp } from '../../supabase/functions/_shared/mail/smtp.ts';
import { sendInvitation, sendLetter } from '../../supabase/functions/worker/send-letter.ts';
import { createNumber, createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { eventually } from './doors.ts';

const { env, sql } = stack;

type Letter = {
	subject: string;
	html: string;
	text: string;
	messageId: string;
	from: { address: string; name: string }[];
	to: { address: string }[];
	headers: Record<string, string>;
};

const smtpUrl = `smtp://127.0.0.1:${Number(new URL(env.MAIL_URL).port) + 2}`;
const from = 'CumApp <hello@cumapp.example>';
const letter = notices.removed_from_organization!(
	{ organization_name: 'Tidewater' },
	{ appUrl: 'http://app.example', timeZone: 'UTC' }
);

async function lettersTo(address: string): Promise<Letter[]> {
	const letters = (await (await fetch(`${env.MAIL_URL}/email`)).json()) as Letter[];
	return letters.filter(({ to }) => to.some((reader) => reader.address === address));
}
const letterTo = async (address: string) =>
	(
		await eventually(
			() => lettersTo(address),
			(letters) => letters.length > 0
		)
	).at(-1)!;
const enqueue = (template: string, userId: string, details: object) =>
	sql`select private.enqueue_letter(${template}, ${userId}, ${sql.json(details as never)})`;
const jobOf = async (userId: string) =>
	(await sql`select * from private.jobs where kind = 'send_letter' and payload ->> 'user_id' = ${userId}`)[0]!;
const settledJob = (userId: string) =>
	eventually(
		() => jobOf(userId),
		(job) => job.completed_at !== null || job.parked_at !== null
	);

let person: Person;
beforeAll(async () => {
	person = await createPerson(sql, env);
});

test('a notice that SQL enqueues reaches its person’s address, in HTML and in text, under the name of its job', async () => {
	await enqueue('removed_from_organization', person.userId, { organization_name: 'Tidewater Hotel' });
	const received = await letterTo(person.email);
	expect(received).toMatchObject({
		subject: 'You are no longer in Tidewater Hotel',
		from: [{ address: 'hello@cumapp.example', name: 'CumApp' }]
	});
	expect(received.html).toContain('<h1');
	expect(received.text).toContain('Your access ended just now.');
	const job = await settledJob(person.userId);
	expect(job.completed_at).toBeInstanceOf(Date);
	expect(JSON.stringify(received.headers)).toContain(`<${job.id}@cumapp.example>`);
	expect(JSON.stringify(job.payload)).not.toContain(person.email);
});

test('R3.5 a mention that stays unread becomes a letter with a link to the conversation, without its words', async () => {
	const reader = await createPerson(sql, env);
	const organization = await createOrganization(sql, { owner: person, members: [{ person: reader, role: 'member' }] });
	const number = await createNumber(sql, null, { organizationId: organization.id });
	const mention = async (read: boolean) => {
		const [row] = await sql`
			insert into public.notes (conversation_id, author_id, body, mentioned_ids, idempotency_key)
			values (private.open_conversation(${organization.id}, ${number.id}, ${inventNumber()}), ${person.userId},
				'the green door', array[${reader.userId}]::uuid[], ${crypto.randomUUID()})
			returning id, conversation_id`;
		const { id, conversation_id } = row!;
		await sql`select private.notify_mentions(${conversation_id}, ${person.userId}, array[${reader.userId}]::uuid[], ${id}, null, 0)`;
		if (read) await sql`update public.notifications set read_at = now() where note_id = ${id}`;
		// five minutes are over
		const [job] = await sql`
			update private.jobs set run_at = now()
			where payload ->> 'notification_id' = (select id::text from public.notifications where note_id = ${id})
			returning id`;
		await sql`select private.ring_worker()`;
		await eventually(
			async () => (await sql`select completed_at from private.jobs where id = ${job!.id}`)[0]!,
			(settled) => settled.completed_at !== null
		);
		return String(conversation_id);
	};
	await mention(true);
	const conversationId = await mention(false);
	const letters = await lettersTo(reader.email);
	expect(letters).toHaveLength(1);
	expect(letters[0]!.text).toContain(`/${organization.slug}/inbox/${conversationId}`);
	expect(JSON.stringify(letters)).not.toContain('green door');
});

test('somebody who has no account any more gets nothing, and nothing is parked', async () => {
	const nobody = crypto.randomUUID();
	await enqueue('removed_from_organization', nobody, { organization_name: 'Tidewater Hotel' });
	expect(await settledJob(nobody)).toMatchObject({ completed_at: expect.any(Date), parked_at: null });
});

test.each([
	['of which there is no template', 'no_such_letter', {}],
	['whose details are missing', 'role_changed', { organization_name: 'Tidewater Hotel' }],
	['named after what every object has', 'constructor', {}]
])('a letter %s is parked at once, where an operator sees it', async (_, template, details) => {
	const { userId } = await createPerson(sql, env);
	await enqueue(template, userId, details);
	expect(await settledJob(userId)).toMatchObject({ completed_at: null, parked_at: expect.any(Date), attempts: 1 });
});

describe('when the mail server is', () => {
	/** A server that answers a command as the test says, and everything else as it should. */
	async function server(answers: Record<string, string>) {
		const sockets = new Set<Socket>();
		const listening = createServer((socket) => {
			sockets.add(socket);
			socket.on('error', () => undefined);
			socket.write(answers.greeting ?? '220 mail.example\r\n');
			let inData = false;
			socket.on('data', (text) => {
				for (const line of text.toString().split('\r\n').filter(Boolean)) {
					if (inData && line !== '.') continue;
					const word = line.split(' ')[0]!.toUpperCase();
					const answer = answers[word] ?? (word === 'DATA' ? '354 go on' : '250 2.0.0 fine');
					inData = word === 'DATA' && answer.startsWith('354');
					socket.write(`${answer}\r\n`);
				}
			});
		});
		await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
		const address = listening.address();
		return {
			url: `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
			close: () => {
				for (const socket of sockets) socket.destroy();
				listening.close();
			}
		};
	}

	test.each([
		['refusing the reader for good', { RCPT: '550 5.1.1 <wren@else.example> is unknown here' }, 'refused', '550 5.1.1'],
		['refusing the letter for good', { '.': '554 5.7.1 spam for wren@else.example' }, 'refused', '554 5.7.1'],
		['refusing the reader for now', { RCPT: '451 4.7.1 wren@else.example: come later' }, 'not_taken', '451 4.7.1'],
		['refusing us', { MAIL: '550 5.7.1 hello@cumapp.example may not send' }, 'not_taken', '550 5.7.1']
	])('%s, the outcome says so, and no address', async (_, answers, outcome, error) => {
		const mail = await server(answers as Record<string, string>);
		const posted = await smtp({ url: mail.url, from }).send({ to: 'wren@else.example', letter, id: 'x' });
		mail.close();
		expect(posted).toMatchObject({ outcome, error: expect.stringContaining(error) });
		expect(JSON.stringify(posted)).not.toContain('@');
	});

	test('not there, the letter is tried again', async () => {
		const gone = await server({});
		gone.close();
		const posted = await smtp({ url: gone.url, from }).send({ to: 'wren@else.example', letter, id: 'x' });
		expect(posted).toMatchObject({ outcome: 'not_taken', error: expect.stringContaining('ESOCKET') });
		for (const settings of [
			{ url: undefined, from },
			{ url: 'nonsense', from },
			{ url: gone.url, from: undefined }
		]) {
			const said = await smtp(settings).send({ to: 'wren@else.example', letter, id: 'x' });
			expect(said).toMatchObject({ outcome: 'not_taken', error: 'SMTP_URL and MAIL_FROM are not set' });
		}
		expect(outcomeOf(new Error('nobody foresaw this for wren@else.example'))).toEqual({
			outcome: 'not_taken',
			error: 'the letter was not taken'
		});
	});
});

describe('a job', () => {
	let database: Database;
	beforeAll(() => {
		database = createDatabase(env.EDGE_DATABASE_URL);
	});
	afterAll(() => database.end());

	/** A job that is ours, not the stack's worker's. */
	async function ours(kind: string, payload: object): Promise<Job> {
		const lease = crypto.randomUUID();
		const [job] = await sql<Job[]>`
			insert into private.jobs (kind, payload, attempts, lease, leased_until)
			values (${kind}, ${sql.json(payload as never)}, 1, ${lease}, now() + interval '1 minute')
			returning id, kind, payload, attempts, lease`;
		return job!;
	}
	const stateOf = async (job: Job) => (await sql`select * from private.jobs where id = ${job.id}`)[0]!;
	const surroundings = {
		appUrl: 'http://app.example',
		unsubscribeUrl: 'http://functions.example/letters/unsubscribe',
		now: () => new Date(),
		chance: () => 0.5
	};

	test('whose letter is not taken comes again later; one that is refused is parked; neither tells an address', async () => {
		const payload = {
			template: 'account_deletion_requested',
			user_id: person.userId,
			details: { deletes_at: '2026-12-06' }
		};
		for (const outcome of ['not_taken', 'refused'] as const) {
			const job = await ours('send_letter', payload);
			const post = { send: () => Promise.resolve({ outcome, error: 'EENVELOPE 550' }) };
			const ending = await sendLetter(job, { ...surroundings, database, post });
			expect(ending).toEqual({ outcome: outcome === 'refused' ? 'parked' : 'retry', error: 'EENVELOPE 550' });
			const state = await stateOf(job);
			expect(state.parked_at !== null).toBe(outcome === 'refused');
			expect(state.completed_at).toBeNull();
			expect(state.last_error).toBe('EENVELOPE 550');
			await sql`delete from private.jobs where id = ${job.id}`;
		}
	});

	test('may go to an address that is nobody’s account', async () => {
		const address = `gone-${crypto.randomUUID()}@else.example`;
		const job = await ours('send_letter', {
			template: 'removed_from_organization',
			address,
			details: { organization_name: 'Tidewater' }
		});
		const parts = { ...surroundings, database, post: smtp({ url: smtpUrl, from }) };
		expect(await sendLetter(job, parts)).toEqual({ outcome: 'sent' });
		expect((await letterTo(address)).subject).toContain('Tidewater');
	});

	test('of an invitation whose first letter may have arrived leaves that one’s link good, and the letters have one name', async () => {
		const owner = await createPerson(sql, env);
		const { id: organizationId } = await createOrganization(sql, { owner });
		const email = `wren-${crypto.randomUUID()}@else.example`;
		const [letterRow] = await sql<{ id: string }[]>`
			with invited as (
				insert into public.invitations (organization_id, email, role, invited_by)
				values (${organizationId}, ${email}, 'member', ${owner.userId}) returning id)
			insert into private.invitation_letters (invitation_id, organization_id, sent_by)
			select id, ${organizationId}, ${owner.userId} from invited returning id`;
		const sent: { text: string; id: string }[] = [];
		const parts = (outcome: 'taken' | 'not_taken') => ({
			...surroundings,
			database,
			post: {
				send: (posting: { letter: { text: string }; id: string }) => {
					sent.push({ text: posting.letter.text, id: posting.id });
					return Promise.resolve(outcome === 'taken' ? { outcome } : { outcome, error: 'cut off' });
				}
			}
		});
		const job = await ours('send_invitation', { letter_id: letterRow!.id });
		expect(await sendInvitation(job, parts('not_taken'))).toMatchObject({ outcome: 'retry' });
		const again = await sql<Job[]>`
			update private.jobs set lease = ${job.lease}, leased_until = now() + interval '1 minute' where id = ${job.id}
			returning id, kind, payload, attempts, lease`;
		expect(await sendInvitation(again[0]!, parts('taken'))).toEqual({ outcome: 'sent' });
		expect(sent.map(({ id }) => id)).toEqual([job.id, job.id]);

		const tokens = sent.map(({ text }) => /token=([\w-]{43})\b/.exec(text)![1]!);
		expect(new Set(tokens).size).toBe(2);
		for (const token of tokens) {
			const [row] = await sql`select private.invitation_preview(${token}) as preview`;
			expect(row!.preview).toMatchObject({ state: 'open', email });
		}
		// nowhere but in the letter
		const [kept] = await sql`
			select (select jsonb_agg(j) from private.jobs j where j.id = ${job.id})::text
				|| (select jsonb_agg(t) from private.invitation_tokens t)::text as everything`;
		for (const token of tokens) expect(kept!.everything).not.toContain(token);
	});
});
