import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createDatabase, databaseOf } from '../../supabase/functions/_shared/database.ts';
import { asFailure } from '../../supabase/functions/_shared/database-connection.ts';
import { literal, storable } from '../../supabase/functions/_shared/database-literal.ts';
import { Failure } from '../../supabase/functions/_shared/core/failures.ts';
import { stack } from '../support/shared-stack.ts';
import { makeHandset, makeSid } from './doors.ts';

const { env, sql } = stack;
const edge = createDatabase(env.EDGE_DATABASE_URL);
afterAll(() => edge.end());

describe('a literal means what the value was', () => {
	const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...`'"\\;-$E\0\n`) }));

	test.each(['on', 'off'])('with standard_conforming_strings = %s', async (setting) => {
		await fc.assert(
			fc.asyncProperty(anyText, async (text) => {
				const [, [row]] = (await sql.unsafe(
					`set local standard_conforming_strings = ${setting}; select ${literal(text)} as text, octet_length(${literal(text)}) as bytes`
				)) as unknown as [unknown, { text: string; bytes: number }[]];
				expect(row).toEqual({ text: storable(text), bytes: Buffer.byteLength(storable(text)) });
			}),
			{ numRuns: 150 }
		);
	});

	test('in lists and objects as well', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(anyText, { minLength: 1 }), async (texts) => {
				const [row] = await sql.unsafe(`select ${literal(texts)} as list, ${literal({ texts })}::jsonb as object`);
				expect(row).toEqual({ list: texts.map(storable), object: { texts: texts.map(storable) } });
			}),
			{ numRuns: 100 }
		);
		const [empty] = await sql.unsafe(
			`select ${literal([])} as list, ${literal(null)} as nothing, ${literal(-7)} as number`
		);
		expect(empty).toEqual({ list: [], nothing: null, number: -7 });
		expect(() => literal(Number.NaN)).toThrow(RangeError);
	});
});

test('where the host lends its own login, the verbs are asked as edge all the same', async () => {
	const database = createDatabase(env.DATABASE_URL, { role: 'edge' });
	const event = {
		provider: 'twilio',
		key: `test:${makeSid()}`,
		kind: 'test',
		outcome: 'kept',
		payload: { from: makeHandset() }
	};
	expect(await database.recordEvent(event)).toBe(true);
	expect(await edge.recordEvent(event)).toBe(false);
	await database.end();
});

test('without an address there is no database', () => {
	expect(() => databaseOf({})).toThrow('EDGE_DATABASE_URL');
});

describe('what the database raises becomes a typed failure', () => {
	const raised = (code: string, message: string, detail?: string) =>
		Object.assign(new Error(message), { code, detail });

	test('a refusal of ours keeps its slug and its sentence', () => {
		const failure = asFailure(raised('PT409', 'collision', 'Maya answered first. Your text was not sent.'));
		expect(failure).toBeInstanceOf(Failure);
		expect(failure).toMatchObject({
			slug: 'collision',
			status: 409,
			says: 'Maya answered first. Your text was not sent.'
		});
	});

	test.each(['ECONNREFUSED', 'CONNECTION_CLOSED', 'CONNECT_TIMEOUT', '57P01', '57014', '53300', '08006', '40P01'])(
		'%s means that it cannot be asked now',
		(code) => expect(asFailure(raised(code, 'no'))).toMatchObject({ slug: 'unavailable', status: 503 })
	);

	test('anything else is a mistake of ours and stays what it is', () => {
		const error = raised('42501', 'permission denied');
		expect(asFailure(error)).toBe(error);
	});
});
