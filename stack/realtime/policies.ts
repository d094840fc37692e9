import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import type { Token } from './token.ts';

/** What one person may do on one private topic, by extension of `realtime.messages`. */
export type Rights = Record<'broadcast' | 'presence', { read: boolean; write: boolean }>;

/** On public topics everybody may do everything, as hosted. */
export const everything: Rights = {
	broadcast: { read: true, write: true },
	presence: { read: true, write: true }
};

/** Whether a channel has something to read: presence counts only where it asked for presence, as hosted. */
export const mayRead = (rights: Rights, presence: boolean) =>
	rights.broadcast.read || (presence && rights.presence.read);

/** Answers with the rights of a token on a topic (its name without `realtime:`); rejects when the database cannot say. */
export type Policies = (token: Token, topic: string) => Promise<Rights>;

type Question = {
	token: Token;
	topic: string;
	answer: (rights: Rights) => void;
	fail: (error: unknown) => void;
};

const largestBatch = 50;
const batchesAtOnce = 2;

/**
 * Asks the project's own policies on `realtime.messages`, by doing what they are about: reading and writing rows
 * in the role and with the claims of the token, and taking everything back. Questions that come while others are
 * under way go together, so that a thousand channels cost twenty round trips and never more than two connections.
 */
export function policies(sql: Sql): Policies {
	const waiting: Question[] = [];
	let running = 0;

	const work = async () => {
		running++;
		while (waiting.length > 0) await ask(sql, waiting.splice(0, largestBatch));
		running--;
	};

	return (token, topic) =>
		new Promise((answer, fail) => {
			waiting.push({ token, topic, answer, fail });
			// on the next turn, so that the questions of this one travel together
			if (running < batchesAtOnce) setImmediate(() => running < batchesAtOnce && void work());
		});
}

async function ask(sql: Sql, questions: Question[]): Promise<void> {
	const probes = questions.map(({ token, topic }) => ({
		topic,
		role: token.claims.role,
		sub: token.claims.sub ?? '',
		claims: token.json,
		broadcast: randomUUID(),
		presence: randomUUID()
	}));
	try {
		// several statements in one message: the last one's rows are the answer
		const results = await sql.unsafe<{ answers: Rights[] }[][]>(statement(JSON.stringify(probes)));
		const answers = results.at(-1)?.[0]?.answers ?? [];
		questions.forEach(({ answer, fail }, index) => {
			const rights = answers[index];
			if (rights) answer(rights);
			else fail(new Error('the database left a question without an answer'));
		});
	} catch (error) {
		for (const { fail } of questions) fail(error);
	}
}

/**
 * One block, one round trip (hosted needs six per channel). The inner exception undoes every probe;
 * plpgsql's variables survive it, the rows, the role and the claims do not. A policy that raises is a refusal, as hosted.
 * The probes travel in base64, so that no topic can be read as SQL.
 */
const statement = (probes: string) => `
do $realtime$
declare
	probes jsonb := convert_from(decode('${Buffer.from(probes).toString('base64')}', 'base64'), 'utf8');
	probe jsonb;
	kind text;
	seen text[];
	rights jsonb;
	answers jsonb := '[]';
begin
	begin
		insert into realtime.messages (id, topic, extension)
			select (value ->> extension)::uuid, value ->> 'topic', extension
			from jsonb_array_elements(probes), unnest(array['broadcast', 'presence']) extension;
		for probe in select value from jsonb_array_elements(probes) loop
			rights := '{}';
			perform set_config('realtime.topic', probe ->> 'topic', true),
				set_config('request.jwt.claims', probe ->> 'claims', true),
				set_config('request.jwt.claim.sub', probe ->> 'sub', true),
				set_config('request.jwt.claim.role', probe ->> 'role', true),
				set_config('request.headers', '{}', true);
			perform set_config('role', probe ->> 'role', true);
			begin
				select array_agg(extension) into seen from realtime.messages
					where id in ((probe ->> 'broadcast')::uuid, (probe ->> 'presence')::uuid);
			exception when others then
				seen := null;
			end;
			foreach kind in array array['broadcast', 'presence'] loop
				begin
					insert into realtime.messages (topic, extension) values (probe ->> 'topic', kind);
					rights := rights || jsonb_build_object(kind, jsonb_build_object('write', true));
				exception when others then
					rights := rights || jsonb_build_object(kind, jsonb_build_object('write', false));
				end;
				rights := jsonb_set(rights, array[kind, 'read'], to_jsonb(coalesce(kind = any (seen), false)));
			end loop;
			perform set_config('role', 'none', true);
			answers := answers || rights;
		end loop;
		raise sqlstate 'RT000';
	exception when sqlstate 'RT000' then
		null;
	end;
	perform set_config('realtime.answers', answers::text, true);
end $realtime$;
select current_setting('realtime.answers')::jsonb as answers`;
