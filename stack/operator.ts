/**
 * `npm run operator -- create NAME --full-name "Ada Lindqvist" [--role administrator] [--allow 198.51.100.0/24]`: makes an operator, or
 * has one start anew, and prints the link of one day by which they set their password and codes. On the running stack, or on the
 * database that DATABASE_URL names. `npm run operator -- keys`: how many secrets of codes each key of OPERATORS_KEYS seals.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { describeStack, readJson, type Environment } from './environment.ts';

const usage =
	'npm run operator -- create NAME [--full-name NAME] [--role support|operator|administrator] [--allow NETWORK …]\nnpm run operator -- keys';

const roles = ['support', 'operator', 'administrator'];

type Wish = 'keys' | { name: string; fullName: string; role: string; allow: string[] };

function readWish(): Wish {
	const { values, positionals } = parseArgs({
		options: {
			'full-name': { type: 'string' },
			role: { type: 'string', default: 'administrator' },
			allow: { type: 'string', multiple: true, default: [] }
		},
		allowPositionals: true
	});
	const [word, name, ...more] = positionals;
	if (word === 'keys' && !name) return 'keys';
	if (word !== 'create' || !name || more.length > 0 || !roles.includes(values.role)) throw new Error(usage);
	if (!/^[a-z][a-z0-9._-]{1,39}$/i.test(name)) {
		throw new Error('A name begins with a letter and has 2 to 40 of a to z, 0 to 9, dots, dashes and underscores.');
	}
	return { name, fullName: values['full-name'] ?? name, role: values.role, allow: values.allow };
}

/** By the name of each key, how many operators' secrets it seals: with none left it can go. */
async function countKeys(databaseUrl: string): Promise<string[]> {
	const sql = postgres(databaseUrl, { max: 1, onnotice() {} });
	try {
		const rows = await sql<{ key: string; secrets: number }[]>`
			select split_part(totp_secret, '.', 1) as key, count(*)::int as secrets
			from private.operators where totp_secret is not null group by 1 order by 1`;
		return rows.map(({ key, secrets }) => `${key}\t${secrets}`);
	} finally {
		await sql.end({ timeout: 1 });
	}
}

/** Answers the token of the link. */
async function create(databaseUrl: string, { name, fullName, role, allow }: Exclude<Wish, 'keys'>): Promise<string> {
	const sql = postgres(databaseUrl, { max: 1, onnotice() {} });
	try {
		const [made] = await sql<{ token: string }[]>`
			with invited as materialized (
				select private.invite_operator(${name}, ${fullName}, ${role}, ${allow.length > 0 ? allow : null}::inet[]) as token
			)
			select token, private.note_deed(null, 'operator.invited', 'By the command line', 'operator', ${name.toLowerCase()}) from invited`;
		if (!made) throw new Error('nothing was made');
		return made.token;
	} finally {
		await sql.end({ timeout: 1 });
	}
}

try {
	const wish = readWish();
	const environment = readJson<Environment>(join(describeStack().folder, 'environment.json'));
	const databaseUrl = process.env.DATABASE_URL ?? environment?.DATABASE_URL;
	const appUrl = process.env.APP_URL ?? environment?.APP_URL;
	if (!databaseUrl) throw new Error('There is no stack. Start one first, or say DATABASE_URL and APP_URL.');
	if (wish === 'keys') {
		for (const line of await countKeys(databaseUrl)) console.log(line);
	} else {
		const token = await create(databaseUrl, wish);
		console.log(
			`${wish.name} sets a password and an authenticator app within a day at\n${appUrl ?? ''}/admin/sign-in?link=${token}`
		);
	}
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
}
