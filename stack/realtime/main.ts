/** The stack's Realtime server, as a process of its own. Says `ready <port>` when it listens, ends with its parent. */
import { limitsFrom } from './limits.ts';
import { serve } from './server.ts';

function setting(name: string): string {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is missing`);
	return value;
}

const server = await serve({
	port: Number(setting('PORT')),
	databaseUrl: setting('DATABASE_URL'),
	jwtSecret: setting('SUPABASE_JWT_SECRET'),
	publishableKey: setting('SUPABASE_PUBLISHABLE_KEY'),
	limits: limitsFrom(process.env)
});
console.log(`ready ${server.port}`);

async function end(): Promise<void> {
	await server.stop();
	process.exit(0);
}
process.once('SIGTERM', end);
process.once('SIGINT', end);
process.once('disconnect', end);
