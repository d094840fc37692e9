import { defineEnvVars } from '@sveltejs/kit/env';
import { building } from '$app/env';
import * as z from 'zod';

/** A build knows no deployment: what is missing then is asked for when the app starts. */
const atStart = <T extends z.ZodType<string>>(schema: T) =>
	building ? schema.optional().transform((value) => value ?? '') : schema;

export const variables = defineEnvVars({
	PUBLIC_SUPABASE_URL: {
		public: true,
		schema: atStart(z.url()),
		description: 'Where the browser and this server reach Supabase'
	},
	PUBLIC_SUPABASE_PUBLISHABLE_KEY: {
		public: true,
		schema: atStart(z.string().startsWith('sb_publishable_')),
		description: 'The key that may be known to everyone'
	},
	SUPABASE_SECRET_KEY: {
		schema: atStart(z.string().startsWith('sb_secret_')),
		description:
			'With it this server counts sign-ins, keeps what is known of sessions and tells Auth its visitors’ addresses'
	},
	PAYMENTS_URL: {
		schema: z.url().optional(),
		description: 'Where the payment provider’s pages stand, when it is not Stripe itself'
	},
	VAPID_PUBLIC_KEY: {
		schema: z.string().min(80).optional(),
		description: 'Whom browsers’ push services know us by; without it devices are told only while a page is open'
	},
	METRICS_SECRET: {
		schema: z.string().min(16).optional(),
		description: 'What Prometheus brings as bearer to /metrics; without it there is no such page'
	},
	OPERATORS_KEYS: {
		schema: z
			.string()
			.regex(/^[\w-]{1,20}:[\w-]{43}(,[\w-]{1,20}:[\w-]{43})*$/)
			.optional(),
		description:
			'By what secrets of operators’ codes are sealed, the key that counts first; without it nobody enters the console'
	},
	PUBLIC_SUPPORT_ADDRESS: {
		public: true,
		schema: z.email().default('support@cumapp.example'),
		description: 'Whom a suspended account is told to write to'
	},
	PUBLIC_APP_NAME: {
		public: true,
		schema: z.string().min(1).default('CumApp'),
		description: 'What the product is called; the only place for its name'
	}
});
