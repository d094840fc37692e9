import * as z from 'zod';
import { roles, type Role } from '#core/capabilities.ts';
import { explainCodes, ruleFor, wordingOf, type CodeRule } from '#core/codes.ts';
import { Failure, failures } from '#core/failures.ts';
import { receivedCodes } from '#core/received-codes.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** Who sees every code, for how many hours codes are kept, and when the allowed use was confirmed (ISO 8601). */
export type Settings = { code_roles: Role[]; code_hours: number; allowed_use_confirmed_at: string | null };

/** A correction that became a rule. */
export type Rule = CodeRule & { id: string; sender: string | undefined; created_at: string };

const hoursOf = { hours: 1, days: 24 } as const;

export const NewSettings = z
	.object({ count: z.coerce.number().int().positive().max(87_600), unit: z.enum(['hours', 'days']) })
	.transform(({ count, unit }) => count * hoursOf[unit])
	.pipe(z.number().max(87_600));

/** The roles that a form names. */
export function rolesIn(form: FormData): Role[] {
	const named = form.getAll('code_roles');
	return roles.filter((role) => named.includes(role));
}

export async function settings(database: AppDatabase, organizationId: string): Promise<Settings> {
	const { data, error } = await database
		.from('organizations')
		.select('code_roles, code_hours, allowed_use_confirmed_at')
		.eq('id', organizationId)
		.single();
	if (error) throw refusalOf(error);
	return data as Settings;
}

/** Throws `code_settings_invalid`, `not_allowed`, `fresh_session_required`. */
export async function set(database: AppDatabase, organizationId: string, roles: Role[], hours: number): Promise<void> {
	const { error } = await database.rpc('set_code_settings', {
		organization_id: organizationId,
		code_roles: roles,
		code_hours: hours
	});
	if (error) throw refusalOf(error);
}

/** Says that codes are asked for the organization's own accounts and tests only. Throws `not_allowed`. */
export async function confirmUse(database: AppDatabase, organizationId: string): Promise<void> {
	const { error } = await database.rpc('confirm_allowed_use', { organization_id: organizationId });
	if (error) throw refusalOf(error);
}

/** What the organization taught the recogniser, newest first; nothing for those who correct no codes. */
export async function rules(database: AppDatabase, organizationId: string): Promise<Rule[]> {
	const { data, error } = await database
		.from('code_rules')
		.select('id, verdict, before, after, sender, created_at')
		.eq('organization_id', organizationId)
		.order('created_at', { ascending: false })
		.limit(500);
	if (error) throw refusalOf(error);
	return data.map((rule) => ({ ...rule, sender: rule.sender ?? undefined })) as Rule[];
}

/** Texts to come are read without it. Throws `not_found`, `not_allowed`. */
export async function removeRule(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('delete_code_rule', { rule_id: id });
	if (error) throw refusalOf(error);
}

/** A text to be corrected: what it says, who sent it, and everything in it that has the shape of a code. */
export type Text = {
	id: string;
	conversation_id: string;
	body: string;
	sender: string;
	pieces: Piece[];
	/** As they are stored. */
	codes: string[];
};
/** A piece of a text, by its UTF-16 units; whether it counts as a code today, and why. */
export type Piece = { from: number; to: number; says: string; isCode: boolean; reasons: string[] };

/** Throws `not_found` for a text that is not there, says nothing any more, or whose codes this person may not see. */
export async function text(database: AppDatabase, organizationId: string, id: string): Promise<Text> {
	if (!z.uuid().safeParse(id).success) throw new Failure('not_found');
	const { data, error } = await database
		.from('messages')
		.select('id, conversation_id, body, code_masked, direction')
		.eq('organization_id', organizationId)
		.eq('id', id)
		.maybeSingle();
	if (error) throw refusalOf(error);
	if (!data?.body || !data.conversation_id || data.code_masked || data.direction !== 'inbound')
		throw new Failure('not_found');
	const [places, from, taught] = await Promise.all([
		database.from('verification_codes').select('code').eq('message_id', id).order('id'),
		database.from('conversations').select('contact_number').eq('id', data.conversation_id).single(),
		rules(database, organizationId)
	]);
	if (places.error) throw refusalOf(places.error);
	if (from.error) throw refusalOf(from.error);
	const sender = from.data.contact_number ?? '';
	const { accepted, rejected } = explainCodes(data.body, { sender, rules: taught });
	const codes = places.data.flatMap(({ code }) => code ?? []);
	const pieces = [...accepted, ...rejected]
		.sort((a, b) => a.from - b.from)
		.map(({ from, to, code, reasons }) => ({
			from,
			to,
			says: data.body?.slice(from, to) ?? '',
			isCode: codes.includes(code),
			reasons
		}));
	const { id: found, conversation_id, body } = data;
	return { id: found ?? id, conversation_id, body, sender, pieces, codes };
}

export const Correction = z.object({
	/** `from-to`, in UTF-16 units. */
	piece: z.string().regex(/^\d{1,5}-\d{1,5}$/, failures.malformed.says),
	verdict: z.enum(['code', 'not a code']),
	/** From this sender only. */
	only: z.literal('yes').optional(),
	/** Stored texts that it changes are changed. */
	stored: z.literal('yes').optional()
});

export type Correction = z.infer<typeof Correction>;

/** The rule that a correction of a text becomes. */
export function ruleOf({ body, sender }: Text, { piece, verdict, only }: Correction): CodeRule {
	const [from = 0, to = 0] = piece.split('-').map(Number);
	return ruleFor(body, { from, to }, verdict, only && sender);
}

const Page = z.object({
	next: z.string().nullable(),
	texts: z.array(z.object({ id: z.string(), body: z.string(), sender: z.string().nullable() }))
});

/** A stored text that a rule would change: its codes before and after it. */
export type Change = {
	id: string;
	body: string;
	before: string[];
	after: string[];
	codes: object[];
};
export type Replayed = { changes: Change[]; read: number; more: boolean };

/** How many pages of a thousand messages a rule is tried on; each is some 20 ms of work, with a wait after it. */
const pages = 20;
/** How many stored texts one rule changes. */
export const mostChanged = 500;

/**
 * What a rule would change: the text it is made of (`own`), however old that is, then those of the last 90 days, newest first.
 * Throws `not_allowed`.
 */
export async function replay(
	database: AppDatabase,
	organizationId: string,
	rule: CodeRule,
	own: Text
): Promise<Replayed> {
	const known = await rules(database, organizationId);
	// as the database keeps them: the newest last, and one for a sender after one for all
	const former = [...known].reverse().sort((a, b) => Number(a.sender !== undefined) - Number(b.sender !== undefined));
	const others = former.filter(
		({ before, after, sender }) => before !== rule.before || after !== rule.after || sender !== rule.sender
	);
	const taught = rule.sender === undefined ? [rule, ...others] : [...others, rule];
	const changeOf = (id: string, body: string, sender: string, before: string[]): Change[] => {
		const { codes } = receivedCodes(body, sender, { rules: taught, services: [] });
		const after = codes.map(({ code }) => code);
		return before.join() === after.join() ? [] : [{ id, body, before, after, codes: [...codes] }];
	};
	const changes = changeOf(own.id, own.body, own.sender, own.codes);
	let read = 0;
	let next: string | null = null;
	for (let page = 0; page < pages; page++) {
		const { data, error } = await database.rpc('replay_texts', {
			organization_id: organizationId,
			...(next !== null && { before_id: next })
		});
		if (error) throw refusalOf(error);
		const found: z.infer<typeof Page> = Page.parse(data);
		for (const { id, body, sender } of found.texts) {
			if (id === own.id) continue;
			const from = sender ?? '';
			const { codes: was, doubts } = receivedCodes(body, from, { rules: former, services: [] });
			if (!doubts?.wordings.includes(wordingOf(rule))) continue;
			const before = was.map(({ code }) => code);
			changes.push(...changeOf(id, body, from, before));
		}
		read += found.texts.length;
		next = found.next;
		if (next === null) break;
	}
	return { changes, read, more: next !== null };
}

/** Keeps a rule, and gives these stored texts the codes that they have by it. Throws `not_allowed`, `code_rules_full`. */
export async function save(
	database: AppDatabase,
	organizationId: string,
	rule: CodeRule,
	changes: readonly Change[]
): Promise<void> {
	const { error } = await database.rpc('save_code_rule', {
		organization_id: organizationId,
		verdict: rule.verdict,
		before: rule.before,
		after: rule.after,
		...(rule.sender !== undefined && { sender: rule.sender }),
		changes: changes.map(({ id, codes }) => ({ message_id: id, codes })) as never
	});
	if (error) throw refusalOf(error);
}

/** The codes of a text that are masked to this person, each a line in the audit log. Throws `not_allowed`, `code_removed`. */
export async function reveal(database: AppDatabase, messageId: string): Promise<string[]> {
	const { data, error } = await database
		.from('verification_codes')
		.select('id')
		.eq('message_id', messageId)
		.order('id');
	if (error) throw refusalOf(error);
	if (data.length === 0) throw new Failure('not_found');
	const codes: string[] = [];
	for (const { id } of data) {
		const revealed = await database.rpc('reveal_code', { code_id: id ?? '' });
		if (revealed.error) throw refusalOf(revealed.error);
		codes.push(revealed.data);
	}
	return codes;
}
