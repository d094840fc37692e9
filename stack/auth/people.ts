import type { Sql } from 'postgres';

type Letters = {
	id: string;
	confirmed: boolean;
	confirmation_sent_at: Date | null;
	recovery_sent_at: Date | null;
};

/** What the guard asks of schema auth and writes into it; lite does the rest. */
export function people(sql: Sql) {
	return {
		async isBannedByEmail(email: string): Promise<boolean> {
			const found = await sql`
				select from auth.users where lower(email) = lower(${email}) and banned_until > now()`;
			return found.length > 0;
		},
		async isBannedByRefreshToken(token: string): Promise<boolean> {
			const found = await sql`
				select from auth.refresh_tokens t join auth.users u on u.id::text = t.user_id::text
				where t.token = ${token} and u.banned_until > now()`;
			return found.length > 0;
		},
		async isBannedByLink(tokenHash: string): Promise<boolean> {
			const found = await sql`
				select from auth.users where banned_until > now() and ${tokenHash} in
					(confirmation_token, recovery_token, email_change_token_new, email_change_token_current)`;
			return found.length > 0;
		},
		/** How a session began, as hosted's claim `amr` tells it. */
		async noteSession(sessionId: string, method: 'password' | 'otp'): Promise<void> {
			await sql`
				insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
				select gen_random_uuid(), id, now(), now(), ${method} from auth.sessions where id = ${sessionId}
				on conflict do nothing`;
		},
		/** Null for a session that is over. `exempt` when it began with a letter, or when there is no password to ask for. */
		async credentials(sessionId: string) {
			const [row] = await sql<{ user_id: string; email: string; exempt: boolean }[]>`
				select u.id as user_id, u.email, coalesce(u.encrypted_password, '') = '' or exists (
					select from auth.mfa_amr_claims c where c.session_id = s.id and c.authentication_method = 'otp') as exempt
				from auth.sessions s join auth.users u on u.id = s.user_id where s.id = ${sessionId}`;
			return row ?? null;
		},
		/** pgcrypto knows bcrypt's oldest name alone; the three names are one algorithm for passwords like ours. */
		async isPassword(userId: string, password: string): Promise<boolean> {
			const found = await sql`
				select from auth.users where id = ${userId} and substr(encrypted_password, 5)
					= substr(extensions.crypt(${password}, '$2a$' || substr(encrypted_password, 5)), 5)`;
			return found.length > 0;
		},
		/** Since when letters of each kind are under way to an address; null for one that Auth does not know. */
		async letters(email: string) {
			const [row] = await sql<Letters[]>`
				select id, email_confirmed_at is not null as confirmed, confirmation_sent_at, recovery_sent_at
				from auth.users where lower(email) = lower(${email})`;
			return row ?? null;
		},
		/** The link of an earlier letter opens nothing from now on. */
		async renewConfirmation(userId: string, tokenHash: string): Promise<void> {
			await sql`
				update auth.users set confirmation_token = ${tokenHash}, confirmation_sent_at = now() where id = ${userId}`;
		},
		/** In seconds, how long ago this session's person asked for another address. */
		async emailChangeAge(sessionId: string): Promise<number | null> {
			const [row] = await sql<{ age: number | null }[]>`
				select extract(epoch from now() - u.email_change_sent_at)::float8 as age
				from auth.sessions s join auth.users u on u.id = s.user_id where s.id = ${sessionId} and u.email_change <> ''`;
			return row?.age ?? null;
		},
		/**
		 * Takes one of the two links of a change of address. `first`: noted, the other mailbox has to agree as well; `last`:
		 * both have, and lite, which knows only the current mailbox's, finds this one there. Null: the link is none, or too old.
		 */
		async takeEmailChange(tokenHash: string, lifetime: number): Promise<'first' | 'last' | null> {
			return sql.begin(async (tx) => {
				const [row] = await tx<{ id: string; status: number; is_new: boolean }[]>`
					select id, email_change_confirm_status as status, email_change_token_new = ${tokenHash} as is_new
					from auth.users
					where ${tokenHash} in (email_change_token_new, email_change_token_current) and email_change <> ''
						and email_change_sent_at > now() - make_interval(secs => ${lifetime})
					for update`;
				if (!row) return null;
				if (row.status === 0) {
					const used = row.is_new ? 'email_change_token_new' : 'email_change_token_current';
					await tx`update auth.users set email_change_confirm_status = 1, ${tx(used)} = '' where id = ${row.id}`;
					return 'first';
				}
				await tx`
					update auth.users
					set email_change_confirm_status = 0, email_change_token_current = ${tokenHash}, email_change_token_new = ''
					where id = ${row.id}`;
				return 'last';
			});
		},
		/** A new change of address: what was answered of an earlier one does not count. Null where none has just begun. */
		async beginEmailChange(sessionId: string | null) {
			const [row] = await sql<{ email: string; email_change: string; email_change_token_new: string }[]>`
				update auth.users u set email_change_confirm_status = 0
				from auth.sessions s
				where s.id = ${sessionId} and u.id = s.user_id and u.email_change <> ''
					and u.email_change_token_new <> '' and u.email_change_token_current <> ''
				returning u.email, u.email_change, u.email_change_token_new`;
			return row ?? null;
		},
		async endOtherSessions(userId: string, sessionId: string): Promise<void> {
			await sql`delete from auth.sessions where user_id = ${userId} and id <> ${sessionId}`;
		}
	};
}

export type People = ReturnType<typeof people>;
