/**
 * `npm run generate -- --messages 1000000 [--seed words]`: two years of somebody's messages into the running stack's
 * database, beside what is there.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeStack, readJson, type Environment } from '../environment.ts';
import { generate } from './generate.ts';

const { values } = parseArgs({
	options: { messages: { type: 'string', default: '100000' }, seed: { type: 'string' } }
});
const environment = readJson<Environment>(join(describeStack().folder, 'environment.json'));
if (!environment) {
	console.error('There is no stack to fill. Start one first: npm run dev');
	process.exit(1);
}
try {
	const made = await generate(environment.DATABASE_URL, {
		messages: Number(values.messages.replaceAll('_', '')),
		...(values.seed === undefined ? {} : { seed: values.seed })
	});
	console.log(
		`${made.messages} messages in ${made.conversations} conversations of ${made.organizations} organizations, ` +
			`in ${made.seconds.toFixed(1)} s.\nThe largest organization is /${made.largest.slug}/inbox. ` +
			`Sign in as ${made.largest.owner.email}, password "${environment.DEMO_PASSWORD}".`
	);
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
}
