/** What lines of the developer API's table are made of. */
import type { Sql } from 'postgres';
import type { Environment } from '../support/stack.ts';
import type { openApi } from './api-door.ts';
import type { createKey } from './api-keys.ts';
import type { openTwilio } from './doors.ts';

export type Scene = {
	sql: Sql;
	env: Environment;
	api: ReturnType<typeof openApi>;
	twilio: ReturnType<typeof openTwilio>;
	key: Awaited<ReturnType<typeof createKey>>;
	organizationId: string;
	owner: { userId: string };
	number: { id: string; e164: string };
};

/** Values for what stands in the path and in the query, and a body; `picture`: the bytes of a PNG in its place. */
export type Wish = {
	path?: Record<string, string>;
	query?: Record<string, string>;
	json?: object;
	picture?: Uint8Array<ArrayBuffer>;
};
export type Line = {
	good: (scene: Scene) => Wish | Promise<Wish>;
	status: number;
	/** A request that is understood and refused all the same. */
	refused?: { wish: (scene: Scene) => Wish | Promise<Wish>; status: number; code: string };
	/** It has no things of anybody's: there is nothing of others to ask for. */
	everybodys?: true;
	/** The request itself names what is somebody's, by its id. */
	names?: true;
	/** Its query is the page's own, which forgives what it does not know. */
	forgives?: true;
};
