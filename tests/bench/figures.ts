import { isDeepStrictEqual } from 'node:util';
import postgres, { type Sql } from 'postgres';
import { chanceOf } from '../../stack/generate/chance.ts';
import { generate } from '../../stack/generate/generate.ts';
import { openApi } from '../functions/api-door.ts';
import { claimsOf, signIn } from '../support/people.ts';
import type { Environment } from '../support/stack.ts';
import { startDatabase } from './bare-database.ts';
import {
	between,
	bruteForce,
	codeCounts,
	numbersOf,
	summed,
	textCounts,
	type Codes,
	type Money,
	type Texts,
	type Truth
} from './figures-brute.ts';
import { addHistory } from './figures-history.ts';
import { apiRequests, requestLog, requestsOf, type ApiRequests } from './figures-requests.ts';
import type { Result } from './measure.ts';

const messages = Number(process.env.FIGURES_MESSAGES || 1_000_000);
const wanted = 100;

export type Lines = Omit<Money, 'day'>[];
type Sums = Record<string, number[]>;
type Organization = { id: string; zone: string; today: string; owner: string; member: string | null };
export type Asking = {
	organization: Organization;
	truth: Truth;
	userId: string;
	ask: <T>(statement: string) => Promise<T>;
	/** Says whether what a page tells is what there is. */
	check: (what: string, told: unknown, is: unknown) => void;
};

const texts = ['received', 'sent', 'delivered', 'failed'] as const;
const codes = ['requested', 'code_received', 'missed'] as const;
const money = ['transfers', 'amount_micros'] as const;
const reasonOf = ({ reason }: { reason: string }) => reason;
const dayBefore = (day: string, by: number) =>
	new Date(Date.parse(`${day}T00:00Z`) - by * 86_400_000).toISOString().slice(0, 10);

/**
 * Whether dashboard, page about usage, request log, API and statement of a hundred organizations tell the same as the rows
 * themselves, over days and months of chance: of a million texts, a hundred thousand requests for codes, what was asked of the
 * API, and what all of it cost, to the micro.
 */
export async function figures(): Promise<Result> {
	const { env, sql, stop } = await startDatabase();
	const people = postgres(env.DATABASE_URL, { max: 1, onnotice() {} });
	const api = openApi(env);
	const differences: string[] = [];
	let comparisons = 0;
	try {
		await generate(env.DATABASE_URL, { messages });
		await addHistory(sql);
		const chance = chanceOf(`figures, ${Date.now()}`);
		const organizations = await chosen(sql);
		await count(sql, organizations);
		for (const organization of organizations) {
			const truth = await bruteForce(sql, organization.id, organization.zone);
			const until = dayBefore(organization.today, chance.between(0, 600));
			const since = dayBefore(until, chance.between(0, 92));
			const days = chance.pick([1, 7, 30, 90] as const);
			for (const userId of [organization.owner, organization.member]) {
				if (userId === null) continue;
				const person = await personOf(sql, env, userId);
				const asking: Asking = {
					...{ organization, truth, userId },
					ask: (statement) => as(people, person, statement),
					check(what, told, is) {
						comparisons += 1;
						if (isDeepStrictEqual(told, is)) return;
						const said = `${organization.id} (${organization.zone}) ${since}–${until} ${what}`;
						differences.push(`${said}: ${JSON.stringify(told).slice(0, 300)} ≠ ${JSON.stringify(is).slice(0, 300)}`);
					}
				};
				const mine = await numbersOf(sql, organization.id, userId);
				await dashboard(asking, mine, days);
				await usage(asking, mine, since, until);
				if (userId !== organization.owner) continue;
				await statements(asking);
				await requestLog(asking, since, until);
				const query = new URLSearchParams({ organization_id: organization.id, since, until });
				const { status, body } = await api.get<ApiUsage>(`/usage?${query}`, person);
				asking.check('API, status', status, 200);
				if (status === 200) answer(asking, body, since, until);
			}
		}
		for (const difference of differences.slice(0, 20)) console.error(`  figures differ: ${difference}`);
		return {
			name: `figures: dashboard, usage, request log, API and statement against the rows, ${organizations.length} organizations`,
			ratio: null,
			bar: 'no difference, at 100 organizations',
			holds: differences.length === 0 && organizations.length === wanted,
			figures: { messages, comparisons, differences: differences.length }
		};
	} finally {
		await api.end();
		await people.end({ timeout: 1 });
		await stop();
	}
}

const chosen = (sql: Sql) => sql<Organization[]>`
	select o.id, o.time_zone as zone, (now() at time zone o.time_zone)::date::text as today,
		(select m.user_id from public.memberships m where m.organization_id = o.id and m.role = 'owner' limit 1) as owner,
		(select m.user_id from public.memberships m where m.organization_id = o.id and m.role = 'member' order by random() limit 1)
			as member
	from public.organizations o
	where exists (select from public.messages m where m.organization_id = o.id)
	order by random() limit ${wanted}`;

/** As the clock counts them: most to today, some a month behind; money summed to now, in part, or not at all. */
async function count(sql: Sql, organizations: readonly Organization[]): Promise<void> {
	const ids = organizations.map(({ id }) => id);
	await sql`
		insert into private.usage_counts (organization_id) select id from public.organizations on conflict do nothing`;
	// the demo's days were counted before it had this history
	await sql`truncate private.number_days, private.sender_days, private.verification_days`;
	await sql`
		update private.usage_counts set counted_until = null,
			count_at = case when organization_id = any (${ids}) then '-infinity' else 'infinity' end::timestamptz`;
	for (let due = ids.length; due > 0;) {
		const [row] = await sql<{ counted: number }[]>`select private.count_usage(200) as counted`;
		due = row!.counted;
	}
	await sql`
		update private.usage_counts set counted_until = counted_until - (1 + floor(random() * 34))::int
		where organization_id = any (${ids}) and random() < 0.4`;
	for (const [at, id] of ids.entries()) {
		if (at % 3 === 0) continue;
		await sql`select private.mark_entries(${id})`;
		for (let more = true; more;) {
			const [row] = await sql<{ more: boolean }[]>`select private.sum_entries(${id}, 2000) as more`;
			more = row!.more && at % 3 === 1;
		}
	}
	await sql`analyze private.number_days, private.sender_days, private.verification_days, private.ledger_sums`;
}

async function personOf(sql: Sql, env: Environment, userId: string) {
	const [row] = await sql<{ email: string }[]>`select email from auth.users where id = ${userId}`;
	const person = { userId, email: row!.email };
	return { ...person, ...(await signIn(sql, env, person)) };
}

async function as<T>(people: Sql, person: Parameters<typeof claimsOf>[0], statement: string): Promise<T> {
	const [row] = await people.begin(async (tx) => {
		await tx`select set_config('role', 'authenticated', true),
			set_config('request.jwt.claims', ${JSON.stringify(claimsOf(person))}, true),
			set_config('request.jwt.claim.sub', ${person.userId}, true)`;
		return tx.unsafe<{ it: T }[]>(statement);
	});
	return row!.it;
}

type Home = { texts: Texts[]; verifications: Codes[]; money: { month: string; lines: Lines } | null };

async function dashboard({ organization, truth, ask, check }: Asking, mine: Set<string>, days: number): Promise<void> {
	const home = await ask<Home>(`select api.dashboard('${organization.id}', ${days}) as it`);
	const since = dayBefore(organization.today, 2 * Math.max(days, 7) - 1);
	const seen = <Row extends { number: string; day: string }>(rows: Row[]) =>
		between(rows, since, organization.today).filter(({ number }) => mine.has(number));
	const dayOf = ({ day }: { day: string }) => day;
	check(`dashboard ${days}, texts`, summed(home.texts, texts, dayOf), summed(seen(truth.texts), texts, dayOf));
	check(`dashboard ${days}, codes`, summed(home.verifications, codes, dayOf), summed(seen(truth.codes), codes, dayOf));
	if (home.money) check('dashboard, money', linesOf(home.money.lines), monthOf(truth, home.money.month));
}

type Figures = {
	numbers: (Texts & Codes & { id: string })[];
	callers: { id: string; sent: number; requested: number; code_received: number; requests: number | null }[];
	money: Lines | null;
};

async function usage(asking: Asking, mine: Set<string>, since: string, until: string): Promise<void> {
	const { organization, truth, ask, check, userId } = asking;
	const page = await ask<Figures>(`select api.usage_figures('${organization.id}', '${since}', '${until}') as it`);
	const seen = <Row extends { number: string; day: string }>(rows: Row[]) =>
		between(rows, since, until).filter(({ number }) => mine.has(number));
	const ofNumber = userId === organization.owner ? textCounts : texts;
	const numberOf = ({ number }: { number: string }) => number;
	const idOf = ({ id }: { id: string }) => id;
	check('usage, texts', summed(page.numbers, ofNumber, idOf), summed(seen(truth.texts), ofNumber, numberOf));
	check('usage, codes', summed(page.numbers, codes, idOf), summed(seen(truth.codes), codes, numberOf));
	const actorOf = ({ actor }: { actor: string | null }) => actor ?? '00000000-0000-0000-0000-000000000000';
	check('usage, senders', summed(page.callers, ['sent'], idOf), summed(seen(truth.texts), ['sent'], actorOf));
	const asked = ['requested', 'code_received'] as const;
	check('usage, askers', summed(page.callers, asked, idOf), summed(seen(truth.codes), asked, actorOf));
	if (userId === organization.owner) check('usage, requests', ...requestsOf(truth, page.callers, since, until));
	if (page.money) check('usage, money', linesOf(page.money), linesOf(between(truth.money, since, until)));
}

type Month = Pick<Texts, 'sent' | 'received'> & { month: string; requested: number; requests: number; money: Lines };
type Statement = { lines: Lines; opening_micros: number; closing_micros: number };

async function statements({ organization, truth, ask, check }: Asking): Promise<void> {
	const months = await ask<Month[]>(`select api.usage_months('${organization.id}') as it`);
	for (const { month, sent, received, requested, requests, money } of months) {
		const ofMonth = <Row extends { day: string }>(rows: Row[]) => rows.filter(({ day }) => day.startsWith(month));
		const sum = <Name extends string>(rows: Partial<Record<Name, number>>[], name: Name) =>
			rows.reduce((all, row) => all + (row[name] ?? 0), 0);
		const counted = [sum(ofMonth(truth.texts), 'sent'), sum(ofMonth(truth.texts), 'received')];
		check(`months, ${month}`, [sent, received, requested], [...counted, sum(ofMonth(truth.codes), 'requested')]);
		check(`months, requests of ${month}`, requests, sum(ofMonth(truth.requests), 'requests'));
		check(`months, money of ${month}`, linesOf(money), monthOf(truth, month));
		const statement = await ask<Statement>(`select api.statement('${organization.id}', '${month}-01') as it`);
		check(`statement of ${month}`, linesOf(statement.lines), monthOf(truth, month));
		const before = sum(
			truth.money.filter(({ day }) => day < `${month}-01`),
			'amount_micros'
		);
		const [opened, closed] = [before, before + sum(ofMonth(truth.money), 'amount_micros')];
		check(`balances of ${month}`, [statement.opening_micros, statement.closing_micros], [opened, closed]);
	}
}

type ApiUsage = {
	texts: (Texts & { phone_number_id: string })[];
	verifications: (Codes & { phone_number_id: string })[];
	money: Money[];
	requests: ApiRequests;
};

function answer({ truth, check }: Asking, body: ApiUsage, since: string, until: string): void {
	const told = ({ phone_number_id, day }: { phone_number_id: string; day: string }) => `${day} ${phone_number_id}`;
	const is = ({ number, day }: { number: string; day: string }) => `${day} ${number}`;
	const line = ({ day, reason }: { day: string; reason: string }) => `${day} ${reason}`;
	const ended = codeCounts.filter((name) => name !== 'missed');
	check('API, texts', summed(body.texts, textCounts, told), summed(between(truth.texts, since, until), textCounts, is));
	check('API, codes', summed(body.verifications, ended, told), summed(between(truth.codes, since, until), ended, is));
	check('API, requests', ...apiRequests(truth, body.requests, since, until));
	check('API, money', summed(body.money, money, line), summed(between(truth.money, since, until), money, line));
}

export const linesOf = (lines: Lines): Sums => summed(lines, money, reasonOf);
export const monthOf = ({ money: all }: Truth, month: string): Sums =>
	linesOf(all.filter(({ day }) => day.startsWith(month)));
