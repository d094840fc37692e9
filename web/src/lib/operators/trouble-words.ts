import { failures } from '#core/failures.ts';

/** What is known to go wrong with jobs, in the order in which it is looked for. */
const troubles: readonly (readonly [sign: RegExp, says: string])[] = [
	[/^carrier answered 401\b|code 20003\b/, 'The carrier does not accept our account. Look at its token.'],
	[/^carrier answered 429\b/, 'The carrier takes no more for a moment.'],
	[/^carrier answered 5/, 'The carrier has trouble of its own.'],
	[/^carrier answered 4/, 'The carrier refused what we asked.'],
	[/^no answer/, 'The carrier did not answer in time. Whether it took the text is looked up first.'],
	[/^the carrier does not have/, 'The carrier does not have it yet. It is looked for again.'],
	[/^the (look-up|mail server) took too long/, 'It took too long, and is tried again.'],
	[/^the order has changed/, 'The order changed meanwhile, and is looked at again.'],
	[/^the job names no /, 'The job says not what it is about. Trying again does not help: give it up.'],
	[
		/^The worker ended during the last attempt/,
		'The worker ended in the midst of the last attempt. Trying again is safe.'
	],
	[/^there is more/, 'It is a long piece of work, done in steps.'],
	[/^quiet hours/, 'Somebody wants quiet now. It goes out afterwards.'],
	[/^a slow test/, 'A test that is slow because its number says so.'],
	[/(are|is) not set$/, 'A setting is missing in the worker’s environment.'],
	[/^no handler for /, 'The worker does not know this kind of job. It may be older than the database.'],
	[/\bECONNREFUSED\b|\bECONNRESET\b|error sending request|fetch failed/, 'There was no connection.'],
	[/TimeoutError|timed out/i, 'There was no answer in time.'],
	[/^PostgresError/, 'The database refused a statement. That is for whoever writes the program.'],
	[/^Stripe/, 'The payment provider refused what we asked.'],
	[/^(5[0-9][0-9])\b/, 'The mail server refused the letter for good.'],
	[/^(4[0-9][0-9])\b/, 'The mail server does not take the letter now.'],
	[/^(Type|Syntax|Range|Reference)?Error\b/, 'The program failed. That is for whoever writes it.']
];

/** Why a job failed, in a sentence; null for what is not known. */
export function troubleSays(line: string | null): string | null {
	if (!line) return null;
	const slug = /^Failure (?:\w+ )?([a-z_]+)/.exec(line)?.[1];
	if (slug && Object.hasOwn(failures, slug)) return failures[slug as keyof typeof failures].says;
	return troubles.find(([sign]) => sign.test(line))?.[1] ?? null;
}

const results: Readonly<Record<string, string>> = {
	done: 'Repaired.',
	repaired: 'Repaired, and gone at the next comparison.',
	'it is read again': 'It is being read again. The next comparison says whether that helped.',
	'the carrier took it back': 'Given back to the carrier.',
	'the carrier did not have it any more': 'The carrier did not have it any more.',
	'it was gone by itself': 'It was gone by itself.'
};

/** What came of a repair, in a sentence; null for what is not known. */
export function resultSays(result: string | null): string | null {
	if (!result) return null;
	const failed = /^failed: ([a-z_]+)/.exec(result)?.[1];
	if (failed && Object.hasOwn(failures, failed)) return `It failed: ${failures[failed as keyof typeof failures].says}`;
	return results[result] ?? (result.startsWith('failed') ? 'It failed, and nothing was changed.' : null);
}
