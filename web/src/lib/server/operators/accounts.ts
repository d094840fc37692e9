import * as z from 'zod';
import { service } from '../service.ts';
import { answered, done } from './answered.ts';
import { roles } from './realm.ts';
import type { Operator } from './realm.ts';

const Account = z.object({
	name: z.string(),
	full_name: z.string(),
	role: z.enum(roles),
	is_me: z.boolean(),
	is_set_up: z.boolean(),
	invited_until: z.string().nullable(),
	disabled_at: z.string().nullable(),
	allowed_from: z.array(z.string()).nullable(),
	recovery_codes: z.number(),
	last_seen_at: z.string().nullable()
});
export type Account = z.infer<typeof Account>;

const Deed = z.object({
	id: z.string(),
	who: z.string(),
	role: z.string().nullable(),
	verb: z.string(),
	reason: z.string().nullable(),
	object_kind: z.string().nullable(),
	object_id: z.string().nullable(),
	organization_id: z.string().nullable(),
	organization: z.string().nullable(),
	details: z.record(z.string(), z.unknown()).nullable(),
	address: z.string().nullable(),
	created_at: z.string()
});
export type Deed = z.infer<typeof Deed>;

const reason = z.string().min(3, 'Say why, in 3 characters at least.').max(500, 'Use at most 500 characters.');
const name = z
	.string()
	.regex(
		/^[a-z][a-z0-9._-]{1,39}$/,
		'Use a to z, 0 to 9, a full stop, _ and -, for example ada.l. 2 to 40 characters.'
	);

export const Invite = z.object({
	name,
	full_name: z.string().min(1, 'Say what they are called.').max(100, 'Use at most 100 characters.'),
	role: z.enum(roles),
	allowed_from: z
		.string()
		.regex(/^[0-9a-fA-F.:/,\s]*$/, 'Use addresses or networks with commas, for example 198.51.100.0/24.')
		.transform((typed) => typed.split(/[\s,]+/).filter(Boolean)),
	reason
});
export const Disable = z.object({ name, reason });

/** All operators. For administrators: throws `operator_not_allowed`. */
export async function list({ session }: Operator): Promise<Account[]> {
	return answered(await service().rpc('operator_list', { session }), z.array(Account));
}

/** Makes an operator, or has one start anew: the token of their link. Throws `operator_not_allowed`, `last_administrator`. */
export async function invite({ session }: Operator, draft: z.infer<typeof Invite>): Promise<string> {
	return answered(await service().rpc('operator_invite', { session, ...draft }), z.string());
}

/** Shuts an operator out, at once. Throws `operator_not_allowed`, `last_administrator`. */
export async function disable({ session }: Operator, draft: z.infer<typeof Disable>): Promise<void> {
	done(await service().rpc('operator_disable', { session, ...draft }));
}

/** Fifty lines of the operators' book, newest first; everybody's for administrators, one's own for the others. */
export async function deeds({ session }: Operator, before_id: string | null): Promise<Deed[]> {
	return answered(await service().rpc('operator_deeds', { session, ...(before_id && { before_id }) }), z.array(Deed));
}
