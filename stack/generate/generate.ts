import postgres, { type TransactionSql } from 'postgres';
import { chanceOf } from './chance.ts';
import { planConversations } from './conversations.ts';
import { copyRows } from './copy.ts';
import { messageColumns, writeHistory } from './history.ts';
import { contactColumns, contactRows, conversationColumns, conversationRows, readColumns, readRows } from './rows.ts';
import { followUp, vacuum } from './follow-up.ts';
import { inventTeams, type Team } from './teams.ts';

/** `messages` in all; the same `seed` tells the same history again, with ids of its own. `until` is the last moment. */
export type Wish = { messages: number; seed?: string; until?: Date };

/** What was made. `largest` is the team with the most, `longest` its conversation with the most messages. */
export type Generated = {
	organizations: number;
	people: number;
	conversations: number;
	messages: number;
	largest: { organizationId: string; slug: string; owner: { userId: string; email: string } };
	longest: { conversationId: string; phoneNumberId: string; messages: number };
	seconds: number;
};

const years = 2 * 365.25 * 86_400_000;

/**
 * Fills a database with two years of organizations, numbers and conversations, beside whatever is in it, in one
 * transaction: all of it or nothing. `url` is a superuser's, because triggers and foreign keys rest meanwhile: what they
 * would have given (places, revisions, the last message) is written as they give it, which tests/stack/generate.test.ts
 * compares. Fails when fewer than 1,000 messages are wanted.
 */
export async function generate(
	url: string,
	{ messages, seed = 'cumapp', until = new Date() }: Wish
): Promise<Generated> {
	if (!Number.isInteger(messages) || messages < 1000)
		throw new Error('It takes 1,000 messages or more to be realistic');
	const began = performance.now();
	const sql = postgres(url, { max: 1, onnotice() {} });
	try {
		const generated = await sql.begin((tx) => fill(tx, seed, messages, until.getTime()));
		await vacuum(sql);
		return { ...generated, seconds: (performance.now() - began) / 1000 };
	} finally {
		await sql.end();
	}
}

async function fill(sql: TransactionSql, seed: string, messages: number, until: number) {
	const since = until - years;
	const chance = chanceOf(seed);
	const owned = await sql<{ e164: string }[]>`select e164 from public.phone_numbers where released_at is null`;
	const dial = { chance: chanceOf(`${seed}, numbers`), taken: new Set(owned.map(({ e164 }) => e164)) };
	const teams = inventTeams(chance, dial, messages, since);
	await openAccounts(sql, teams);
	await found(sql, teams, new Date(since));

	const conversations = planConversations(chance, dial, teams, messages, since, until);
	await sql`set local session_replication_role = replica`;
	// what words the texts have is written down in one go, by the vacuum
	await sql`alter index public.messages_words set (gin_pending_list_limit = 1048576)`;
	await copyRows(sql, 'public.messages', messageColumns, writeHistory(chance, conversations, until));
	await copyRows(sql, 'public.contacts', contactColumns, contactRows(conversations));
	await copyRows(sql, 'public.conversations', conversationColumns, conversationRows(chance, conversations, until));
	await copyRows(sql, 'public.conversation_reads', readColumns, readRows(chance, conversations, until));
	await followUp(
		sql,
		teams.map(({ id }) => id)
	);
	await sql`alter index public.messages_words set (gin_pending_list_limit = 256)`;
	await sql`set local session_replication_role = origin`;

	const [team] = teams;
	const [longest] = conversations;
	const owner = team?.people[0];
	if (!team || !longest || !owner) throw new Error('Nothing was made');
	return {
		organizations: teams.length,
		people: teams.reduce((sum, { people }) => sum + people.length, 0),
		conversations: conversations.length,
		messages,
		largest: { organizationId: team.id, slug: team.slug, owner: { userId: owner.id, email: emailOf(owner) } },
		longest: { conversationId: longest.id, phoneNumberId: longest.number.id, messages: longest.messages }
	};
}

const emailOf = ({ username }: { username: string }) => `${username}@generated.example`;

/** Accounts as sign-up makes them, by its own trigger. They have the password of the demo people, where there are any. */
async function openAccounts(sql: TransactionSql, teams: readonly Team[]): Promise<void> {
	const people = teams.flatMap((team) => team.people);
	const rows = people.map(({ id, username, fullName }) => ({
		id,
		email: emailOf({ username }),
		username,
		full_name: fullName
	}));
	await sql`
		insert into auth.users (
			id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
			confirmation_token, recovery_token, email_change, email_change_token_new, created_at, updated_at)
		select p.id, 'authenticated', 'authenticated', p.email,
			(select u.encrypted_password from auth.users u where u.email like '%@tidewater.example' limit 1), now(),
			'{"provider": "email", "providers": ["email"]}',
			jsonb_build_object('username', p.username, 'full_name', p.full_name), '', '', '', '', now(), now()
		from jsonb_to_recordset(${sql.json(rows)}) as p (id uuid, email text, username text, full_name text)`;
	await sql`
		insert into auth.identities (id, provider, provider_id, user_id, identity_data, created_at, updated_at)
		select gen_random_uuid(), 'email', p.id, p.id::uuid,
			jsonb_build_object('sub', p.id, 'email', p.email, 'email_verified', true), now(), now()
		from jsonb_to_recordset(${sql.json(rows)}) as p (id text, email text)`;
}

async function found(sql: TransactionSql, teams: readonly Team[], since: Date): Promise<void> {
	await sql`
		insert into public.organizations (id, slug, name, created_at)
		select t.id, t.slug, t.name, ${since}
		from jsonb_to_recordset(${sql.json(teams.map(({ id, slug, name }) => ({ id, slug, name })))}) as t (id uuid, slug text, name text)`;
	await sql`
		insert into public.memberships (organization_id, user_id, role, created_at)
		select m.team, m.id, m.role, ${since}
		from jsonb_to_recordset(${sql.json(teams.flatMap((team) => team.people.map(({ id, role }) => ({ team: team.id, id, role }))))})
			as m (team uuid, id uuid, role public.membership_role)`;
	// what somebody texts there afterwards is paid for
	await sql`
		select private.grant_plan(t.id, 'scale', 'infinity') from unnest(${teams.map(({ id }) => id)}::uuid[]) as t (id)`;
	await sql`
		insert into public.phone_numbers (id, organization_id, e164, label, color, country_code, created_at, restricted_at)
		select n.id, n.team, n.e164, n.label, n.color, 'US', ${since}, case when n.restricted then ${since}::timestamptz end
		from jsonb_to_recordset(${sql.json(
			teams.flatMap((team) =>
				team.numbers.map(({ id, e164, label, color, restricted }) => ({
					team: team.id,
					id,
					e164,
					label,
					color,
					restricted
				}))
			)
		)}) as n (team uuid, id uuid, e164 text, label text, color smallint, restricted boolean)`;
	await sql`
		insert into public.phone_number_grants (organization_id, phone_number_id, user_id)
		select g.team, g.number, g.person
		from jsonb_to_recordset(${sql.json(
			teams.flatMap((team) =>
				team.numbers
					.filter(({ restricted }) => restricted)
					.flatMap((number) =>
						number.readers
							.filter(({ role }) => role === 'member' || role === 'viewer')
							.map((person) => ({ team: team.id, number: number.id, person: person.id }))
					)
			)
		)}) as g (team uuid, number uuid, person uuid)`;
}
