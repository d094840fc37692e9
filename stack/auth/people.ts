import type { Sql } from 'postgres';

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
		async endOtherSessions(userId: string, sessionId: string): Promise<void> {
			await sql`delete from auth.sessions where user_id = ${userId} and id <> ${sessionId}`;
		}
	};
}

export type People = ReturnType<typeof people>;
