import type { KeyMode } from './core/api-keys.ts';
import { Failure } from './core/failures.ts';
import type { KeyScope } from './core/key-scopes.ts';
import { admittedOf, refusedOf, type Standing } from './core/rate-limits.ts';
import { connect, type ConnectionOptions } from './database-connection.ts';
import type { Rows } from './database-ask.ts';
import { gathering } from './database-gathering.ts';
import { call, literal } from './database-literal.ts';

/**
 * Who asks: a key by its prefix and the SHA-256 of the whole in hexadecimal (null where its checksum does not fit), or a person,
 * maybe for an organization.
 */
export type Asking = { prefix: string | null; hash: string | null } | { person: string; organizationId: string | null };

/** A request before anything is done for it; `cost`: how many ordinary ones it is worth. */
export type Arrived = { who: Asking; cost: number; id: string; endpoint: string; address: string | null };

/** A key that is let in, as `api.my_key` tells it of itself. */
export type KnownKey = Readonly<{
	id: string;
	name: string;
	prefix: string;
	mode: KeyMode;
	scopes: readonly KeyScope[];
	phone_number_ids: readonly string[] | null;
	allowed_from: readonly string[] | null;
	expires_at: string | null;
	organization: Readonly<{ id: string; name: string; slug: string }>;
}>;

/** What is left to whom; or a key that is not let in, which is told so after so many ms. */
export type Admission = { standing: Standing; key: KnownKey | null } | { refusedAfter: number };

/** Whose request was counted: a person's (null: a key's), and of which organization. */
export type Counted = { person: string | null; organizationId: string | null };

/** Where more requests are to be had: the plan that takes more, and the slug of an organization that may double its own for a day. */
export type Room = {
	plan: { code: string; name: string; requests_per_minute: number } | null;
	doubled_by: string | null;
};

/** As many requests of one caller are let in together; a statement of them takes a few ms. */
const most = 50;

/** The buckets of those who call the API, and the keys. Raises `unavailable` when the database cannot be asked. */
export function limitVerbs(rows: Rows) {
	const admitTogether = gathering(async ([first, ...others]: readonly [Arrived, ...Arrived[]]) => {
		const asked = others.length === 0 ? admissionCall(first) : `unnest(${crowdCall([first, ...others])})`;
		const answers = await rows<{ answer: string | null }>(`select ${asked} as answer`);
		return answers.map(({ answer }) => {
			if (!answer) throw new Failure('internal', undefined, { cause: 'service.admit_request answered nothing' });
			return admissionOf(answer);
		});
	}, most);

	return {
		/**
		 * Lets a key in, takes a request from all the buckets it concerns or from none, and opens it in the log. A key that is not let
		 * in is written down with the reason. Requests of one caller that arrive together are asked for together.
		 */
		admit: (arrived: Arrived): Promise<Admission> => admitTogether(sameCaller(arrived), arrived),

		/**
		 * Where a key of an organization, or a person for one or for none, finds room for more than so many requests a minute. An
		 * organization that the person does not belong to is none.
		 */
		async room({ person, organizationId }: Counted, perMinute: number): Promise<Room> {
			const asked = { person, organization_id: organizationId, per_minute: perMinute };
			const verb = call('room_for_requests', asked);
			const [row] = await rows<{ answer: Room }>(`select ${verb} as answer`);
			return row?.answer ?? { plan: null, doubled_by: null };
		}
	};
}

/** Requests with the same word lock the same rows, and are let in or not by the same. */
function sameCaller({ who, address }: Arrived): string {
	const caller = 'person' in who ? `${who.person} ${who.organizationId}` : `${who.prefix} ${who.hash}`;
	return `${caller} ${address}`;
}

/** By their places, and read as it comes: names and JSON would cost a third more. */
function admissionCall({ who, cost, id, endpoint, address }: Arrived): string {
	return `service.admit_request(${[...asking(who), cost, id, endpoint, address].map(literal).join(', ')}, null)`;
}

function crowdCall(crowd: readonly [Arrived, ...Arrived[]]): string {
	const [{ who, address }] = crowd;
	const list = (of: (arrived: Arrived) => string, type: string) => `${literal(crowd.map(of))}::${type}[]`;
	const lists = [
		list(({ cost }) => String(cost), 'integer'),
		list(({ id }) => id, 'uuid'),
		list(({ endpoint }) => endpoint, 'text')
	];
	return `service.admit_requests(${[...asking(who).map(literal), ...lists, literal(address)].join(', ')}, null)`;
}

/** The first four arguments of both. */
function asking(who: Asking) {
	return 'person' in who
		? [null, null, who.person, who.organizationId]
		: [who.prefix, who.hash && `\\x${who.hash}`, null, null];
}

/** What `service.admit_request` answers: numbers, and for a key the JSON of what it is. */
export function admissionOf(answer: string): Admission {
	const refused = answer.startsWith('{');
	const end = answer.indexOf(refused ? '}' : ',{');
	const numbers = answer
		.slice(refused ? 1 : 0, end === -1 ? undefined : end)
		.split(',')
		.map(Number);
	if (numbers[0] === -1) return { refusedAfter: numbers[1] ?? 0 };
	const key = end === -1 ? '' : answer.slice(end + 1);
	return {
		standing: refused ? refusedOf(numbers.slice(1)) : admittedOf(numbers),
		key: key === '' ? null : keyOf(key)
	};
}

const mostRead = 1000;
const read = new Map<string, KnownKey>();

/** A key's JSON is the same at most of its requests. */
function keyOf(json: string): KnownKey {
	const known = read.get(json);
	if (known) return known;
	if (read.size >= mostRead) read.clear();
	const key = JSON.parse(json) as KnownKey;
	read.set(json, key);
	return key;
}

export type Limits = ReturnType<typeof limitVerbs>;

/** The same alone, as the role `edge`. */
export function createLimits(url: string, options: ConnectionOptions = {}) {
	const { rows, end } = connect(url, { connections: 3, ...options });
	return { ...limitVerbs(rows), end };
}
