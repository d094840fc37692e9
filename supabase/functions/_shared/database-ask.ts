import { Failure } from './core/failures.ts';
import { call, type Argument } from './database-literal.ts';

/** Asks a query for its rows. */
export type Rows = <Row>(query: string) => Promise<Row[]>;

/** Asks a verb of `service` for its one answer. */
export type Ask = <Answer>(verb: string, args: Readonly<Record<string, Argument>>) => Promise<Answer>;

/** Asks a verb of `service` for its rows. */
export type List = <Row>(verb: string, args: Readonly<Record<string, Argument>>) => Promise<Row[]>;

/** How service verbs are asked over a connection. */
export function askerOf(rows: Rows): Ask {
	return async <Answer>(verb: string, args: Readonly<Record<string, Argument>>): Promise<Answer> => {
		// as jsonb, because a driver that fetches no types reads no arrays
		const [row] = await rows<{ answer: Answer }>(`select to_jsonb(${call(verb, args)}) as answer`);
		if (!row) throw new Failure('internal', undefined, { cause: `service.${verb} answered nothing` });
		return row.answer;
	};
}
