/** Trying statements as somebody, and undoing each. */
import type { TransactionSql } from 'postgres';
import type { Persona } from './world.ts';

/** What came of a statement: the SQLSTATE of its refusal, or its rows. */
export type Attempt = { statement: string; refused: string | null; rows: unknown[] };

/** Makes the function that the attempts use; once in each transaction. */
export async function prepareAttempts(tx: TransactionSql): Promise<void> {
	// an answer leaves as an error, too: so whatever the statement did is undone
	await tx.unsafe(`
		create schema attempts;
		create function attempts.attempt(statement text, wants_rows boolean) returns jsonb language plpgsql as $$
		declare
			answer jsonb := '[]';
			state text;
			said text;
		begin
			begin
				if wants_rows then
					execute format('select coalesce(jsonb_agg(to_jsonb(r)), ''[]'') from (%s) r', statement) into answer;
				else
					execute statement;
				end if;
				raise exception using errcode = 'DONE0', message = answer::text;
			exception when others then
				get stacked diagnostics state = returned_sqlstate, said = message_text;
			end;
			return case state
				when 'DONE0' then jsonb_build_object('refused', null, 'rows', said::jsonb)
				else jsonb_build_object('refused', state, 'rows', '[]'::jsonb)
			end;
		end $$;
		grant usage on schema attempts to public;
		grant execute on function attempts.attempt(text, boolean) to public;
	`);
}

/** Tries each statement as this persona, as PostgREST would. With \`rows\`, statements are queries and their rows come back. */
export async function attempt(
	tx: TransactionSql,
	persona: Pick<Persona, 'role' | 'claims'>,
	statements: string[],
	{ rows = false, settings = {} }: { rows?: boolean; settings?: Record<string, string> } = {}
): Promise<Attempt[]> {
	const claims = persona.claims === null ? '' : JSON.stringify(persona.claims);
	const context = {
		'request.jwt.claims': claims,
		'request.jwt.claim.sub': String(persona.claims?.sub ?? ''),
		...settings,
		role: persona.role
	};
	for (const [name, value] of Object.entries(context)) await tx`select set_config(${name}, ${value}, true)`;
	const answers = await tx<{ statement: string; answer: Omit<Attempt, 'statement'> }[]>`
		select statement, attempts.attempt(statement, ${rows}) as answer from unnest(${statements}::text[]) statement`;
	for (const name of Object.keys(context)) await tx`select set_config(${name}, ${name === 'role' ? 'none' : ''}, true)`;
	return answers.map(({ statement, answer }) => ({ statement, ...answer }));
}
