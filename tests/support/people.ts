/** People, organizations and numbers as a test wants them, made directly in the database: nobody waits for a mail. */
import { createHmac, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import type { Environment } from './stack.ts';

/** Everybody's password. */
export const testPassword = 'four small boats at noon';
const testPasswordHash = '$2a$06$oBQBTrVsmw0415ZS4r.WFe6h4fie4I03ACO7BaK6hUi6rUxwWt0UW';

/** A confirmed account with one live session; `organizationId` and `slug` are those of the personal organization. */
export type Person = {
	userId: string;
	email: string;
	username: string;
	fullName: string;
	accessToken: string;
	sessionId: string;
	organizationId: string;
	slug: string;
};

export type Role = 'owner' | 'admin' | 'member' | 'viewer';

/** Makes a confirmed account (sign-up's own trigger makes the rest), signs it in and answers with its access token. */
export async function createPerson(
	sql: Sql,
	env: Pick<Environment, 'SUPABASE_JWT_SECRET'>,
	wish: Partial<Pick<Person, 'email' | 'username' | 'fullName'>> = {}
): Promise<Person> {
	const {
		username = `person_${randomBytes(6).toString('hex')}`,
		fullName = 'Robin Tester',
		email = `${username}@people.example`
	} = wish;
	const userId = randomUUID();
	await sql`
		insert into auth.users (id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
		values (${userId}, 'authenticated', 'authenticated', ${email}, ${testPasswordHash}, now(),
			${sql.json({ provider: 'email', providers: ['email'] })}, ${sql.json({ username, full_name: fullName })})`;
	await sql`
		insert into auth.identities (id, provider, provider_id, user_id, identity_data)
		values (gen_random_uuid(), 'email', ${userId}, ${userId}, ${sql.json({ sub: userId, email })})`;
	// tests that hold a text back say so
	await sql`update public.profiles set undo_send_seconds = 0 where id = ${userId}`;
	const [home] = await sql<{ id: string; slug: string }[]>`
		select id, slug from public.organizations where personal_for = ${userId}`;
	const session = await signIn(sql, env, { userId, email });
	return { userId, email, username, fullName, ...session, organizationId: home!.id, slug: home!.slug };
}

/** One more session for somebody, with its token. */
export async function signIn(
	sql: Sql,
	env: Pick<Environment, 'SUPABASE_JWT_SECRET'>,
	{ userId, email }: Pick<Person, 'userId' | 'email'>
): Promise<Pick<Person, 'sessionId' | 'accessToken'>> {
	const sessionId = randomUUID();
	await sql`insert into auth.sessions (id, user_id) values (${sessionId}, ${userId})`;
	return { sessionId, accessToken: accessToken(env.SUPABASE_JWT_SECRET, { userId, email, sessionId }) };
}

/** Ends a session as signing out does; the token stays unexpired. */
export async function signOut(sql: Sql, { sessionId }: Pick<Person, 'sessionId'>): Promise<void> {
	await sql`delete from auth.sessions where id = ${sessionId}`;
}

/** The claims an access token of theirs carries; what `request.jwt.claims` holds while the database acts for them. */
export function claimsOf({ userId, email, sessionId }: Pick<Person, 'userId' | 'email' | 'sessionId'>) {
	return { sub: userId, email, session_id: sessionId, role: 'authenticated', aud: 'authenticated' };
}

/** An access token as Auth signs it. `lifetime` in seconds, negative for one that has expired. */
export function accessToken(
	secret: string,
	person: Pick<Person, 'userId' | 'email' | 'sessionId'>,
	lifetime = 3600
): string {
	const now = Math.floor(Date.now() / 1000);
	const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ ...claimsOf(person), iat: now, exp: now + lifetime })}`;
	return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

type OrganizationWish = {
	owner: Pick<Person, 'userId'>;
	members?: { person: Pick<Person, 'userId'>; role: Role }[];
	name?: string;
	/** Given by the platform, with its credit; null for what everybody has. The largest when not said: most tests are not about money. */
	plan?: 'starter' | 'pro' | 'scale' | null;
};

/** Makes a team organization, which can pay for what it does unless the wish says otherwise. */
export async function createOrganization(sql: Sql, wish: OrganizationWish): Promise<{ id: string; slug: string }> {
	const slug = `team-${randomBytes(6).toString('hex')}`;
	const [organization] = await sql<{ id: string }[]>`
		insert into public.organizations (slug, name) values (${slug}, ${wish.name ?? 'Test team'}) returning id`;
	const { plan = 'scale' } = wish;
	// before there are people: of a smaller plan they would be told that it is nearly full
	if (plan) await givePlan(sql, organization!.id, plan);
	for (const { person, role } of [{ person: wish.owner, role: 'owner' as const }, ...(wish.members ?? [])]) {
		await addMember(sql, organization!.id, person, role);
	}
	return { id: organization!.id, slug };
}

/** The platform's gift: what a plan includes, and its credit. */
export async function givePlan(sql: Sql, organizationId: string, plan: 'starter' | 'pro' | 'scale'): Promise<void> {
	await sql`select service.grant_plan(${organizationId}, ${plan}, now() + interval '10 years')`;
}

/** Lets somebody in. */
export async function addMember(
	sql: Sql,
	organizationId: string,
	person: Pick<Person, 'userId'>,
	role: Role
): Promise<void> {
	await sql`
		insert into public.memberships (organization_id, user_id, role) values (${organizationId}, ${person.userId}, ${role})`;
}

/**
 * Gives an organization a number and tells the carrier simulator, unless `env` is null (tests that text nobody).
 * `grants` restrict it to owners, admins and those they name.
 */
export async function createNumber(
	sql: Sql,
	env: Environment | null,
	wish: { organizationId: string; e164?: string; label?: string; grants?: ({ userId: string } | { role: Role })[] }
): Promise<{ id: string; e164: string }> {
	const e164 = wish.e164 ?? inventNumber();
	const [number] = await sql<{ id: string }[]>`
		insert into public.phone_numbers (organization_id, e164, label, country_code, restricted_at)
		values (${wish.organizationId}, ${e164}, ${wish.label ?? 'Test number'}, 'US', ${wish.grants ? new Date() : null})
		on conflict (e164) where released_at is null do nothing
		returning id`;
	// invented before, by another test file
	if (!number && wish.e164 === undefined) return createNumber(sql, env, wish);
	if (!number) throw new Error(`${e164} belongs to somebody already`);

	// what is not about the carrier's pace does not wait for it
	await sql`select private.set_pace(id, 1000, 1000) from unnest(array[${number.id}, ${wish.organizationId}]::uuid[]) id`;
	for (const grant of wish.grants ?? []) {
		await sql`insert into public.phone_number_grants ${sql({ organization_id: wish.organizationId, phone_number_id: number.id, ...('userId' in grant ? { user_id: grant.userId } : grant) })}`;
	}
	if (env) await registerNumber(env, e164);
	return { id: number.id, e164 };
}

/** A well-formed American number that no other test has. */
export function inventNumber(): string {
	// a thousand are made in one database: among as many as there are, no two are likely to be the same
	const areas = [
		201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234,
		239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304, 305, 307, 308, 309,
		310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330, 334, 336, 337, 347, 351, 352, 360, 361, 386,
		401, 402, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415, 417, 419, 423, 425, 432, 434, 435, 440, 443, 469,
		478, 480, 484, 501, 502, 503, 504, 505, 507, 508, 509, 510, 512, 513, 515, 516, 517, 518, 520, 530, 540, 541, 551,
		559, 561, 562, 563, 567, 570, 571, 573, 574, 580, 585, 586, 601, 602, 603, 605, 606, 607, 608, 609, 610, 612, 614,
		615, 616, 617, 618, 619, 620, 623, 626, 630, 631, 636, 641, 646, 650, 651, 660, 661, 662, 678, 682, 701, 702, 703,
		704, 706, 707, 708, 712, 713, 714, 715, 716, 717, 718, 719, 720, 724, 727, 731, 732, 734, 740, 757, 760, 763, 765,
		770, 772, 773, 774, 775
	];
	return `+1${areas[randomInt(areas.length)]}555${String(randomInt(10_000)).padStart(4, '0')}`;
}

async function registerNumber(env: Environment, e164: string): Promise<void> {
	const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, CARRIER_URL, TWILIO_INBOUND_URL, TWILIO_STATUS_URL } = env;
	const url = new URL(`/2010-04-01/Accounts/${TWILIO_ACCOUNT_SID}/IncomingPhoneNumbers.json`, CARRIER_URL);
	const response = await fetch(url, {
		method: 'POST',
		headers: { authorization: `Basic ${btoa(`${TWILIO_ACCOUNT_SID}:${TWILIO_AUTH_TOKEN}`)}` },
		body: new URLSearchParams({
			PhoneNumber: e164,
			SmsUrl: `${TWILIO_INBOUND_URL}#rc=5&rp=all`,
			StatusCallback: TWILIO_STATUS_URL
		})
	});
	if (!response.ok) throw new Error(`the carrier answered ${response.status}: ${await response.text()}`);
}
