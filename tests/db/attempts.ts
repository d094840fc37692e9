/** Trying statements as somebody, and undoing each. */
import type { TransactionSql } from 'postgres';
import { stack } from '../support/shared-stack.ts';
import type { Persona } from './cast.ts';

/** What came of a statement: the SQLSTATE of its refusal and what it said, or its rows; and what a look found afterwards. */
export type Attempt = {
	statement: string;
	refused: string | null;
	said: string | null;
	rows: unknown[];
	seen: unknown;
};

/** A statement, with what the superuser does right before it and looks at (one value, as json) right after it. */
export type Try = { statement: string; given?: string; look?: string };

const outcome = Symbol('undone');

/**
 * Runs `work` in a transaction and undoes everything it did. The stack's own clock and worker and other tests go on
 * meanwhile: where a change of a table and one of theirs wait for each other, ours gives way before Postgres ends one of the
 * two (after a second), and is done again.
 */
export async function undone<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await undoneOnce(work);
		} catch (error) {
			const crossed = error instanceof Error && 'code' in error && ['40P01', '55P03'].includes(String(error.code));
			if (!crossed || attempt === 20) throw error;
		}
	}
}

async function undoneOnce<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T> {
	let answer: { [outcome]: T } | undefined;
	await stack.sql
		.begin('isolation level repeatable read', async (tx) => {
			await tx`set local lock_timeout = '700ms'`;
			answer = { [outcome]: await work(tx) };
			throw answer;
		})
		.catch((error: unknown) => {
			if (error !== answer) throw error;
		});
	return answer![outcome];
}

/** Makes the functions that the attempts use; once in each transaction. */
export async function prepareAttempts(tx: TransactionSql): Promise<void> {
	// an answer leaves as an error, too: so whatever the statement did is undone
	await tx.unsafe(`
		create schema attempts;
		create function attempts.prepare(statement text) returns void language plpgsql security definer as $$
		begin
			execute statement;
		end $$;
		create function attempts.look(query text) returns jsonb language plpgsql security definer as $$
		declare
			answer jsonb;
		begin
			execute query into answer;
			return answer;
		end $$;
		create function attempts.attempt(statement text, given text, look text, wants_rows boolean)
		returns jsonb language plpgsql as $$
		declare
			answer jsonb := '[]';
			state text;
			words text;
		begin
			if given is not null then
				perform attempts.prepare(given);
			end if;
			begin
				if wants_rows then
					execute format('select coalesce(jsonb_agg(to_jsonb(r)), ''[]'') from (%s) r', statement) into answer;
				else
					execute statement;
				end if;
				answer := jsonb_build_object('rows', answer, 'seen', case when look is not null then attempts.look(look) end);
				raise exception using errcode = 'DONE0', message = answer::text;
			exception when others then
				get stacked diagnostics state = returned_sqlstate, words = message_text;
				-- others were in the way: that says nothing of the statement, and all of it is done again
				if state in ('40P01', '55P03') then
					raise;
				end if;
			end;
			answer := case state
				when 'DONE0' then words::jsonb || jsonb_build_object('refused', null, 'said', null)
				else jsonb_build_object('refused', state, 'said', words, 'rows', '[]'::jsonb,
					'seen', case when look is not null then attempts.look(look) end)
			end;
			raise exception using errcode = 'DONE1', message = answer::text;
		exception when sqlstate 'DONE1' then
			get stacked diagnostics words = message_text;
			return words::jsonb;
		end $$;
		grant usage on schema attempts to public;
		grant execute on all functions in schema attempts to public;
	`);
}

/** Tries each statement as this persona, as PostgREST would. With `rows`, statements are queries and their rows come back. */
export async function attempt(
	tx: TransactionSql,
	persona: { role: Persona['role'] | 'api_key' | 'none'; claims: Persona['claims'] },
	statements: readonly (string | Try)[],
	{ rows = false }: { rows?: boolean } = {}
): Promise<Attempt[]> {
	const tries = statements.map((one): Try => (typeof one === 'string' ? { statement: one } : one));
	const context = {
		'request.jwt.claims': persona.claims === null ? '' : JSON.stringify(persona.claims),
		'request.jwt.claim.sub': String(persona.claims?.sub ?? ''),
		role: persona.role
	};
	const names = Object.keys(context);
	const become = (values: string[]) =>
		tx`select set_config(name, value, true) from unnest(${names}::text[], ${values}::text[]) c (name, value)`;
	await become(Object.values(context));
	const answers = await tx<{ answer: Omit<Attempt, 'statement'> }[]>`
		select attempts.attempt(t ->> 'statement', t ->> 'given', t ->> 'look', ${rows}) as answer
		from jsonb_array_elements(${tx.json(tries)}) with ordinality as e (t, place) order by place`;
	await become(names.map((name) => (name === 'role' ? 'none' : '')));
	return answers.map(({ answer }, place) => ({ statement: tries[place]!.statement, ...answer }));
}
