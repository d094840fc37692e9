import postgres from 'postgres';
import { afterAll, inject } from 'vitest';
import type {} from './global-stack.ts';
import type { Stack } from './stack.ts';

const env = inject('environment');
const sql = postgres(env.DATABASE_URL, { max: 4, onnotice() {} });
afterAll(() => sql.end({ timeout: 1 }));

/** The stack that global-stack.ts started: its environment and a superuser connection for this file. */
export const stack: Pick<Stack, 'env' | 'sql'> = { env, sql };
