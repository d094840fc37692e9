import type postgres from 'postgres';
import type { Grown } from './grown.ts';
import { median } from './measure.ts';
import { serverTime } from './server-time.ts';

type Place = { id: string; seq: number; e164: string; contact: string; receipt: string | null };

/** One request of each function, told what to work on and a word that no other call has. */
const calls: Record<string, { role: 'member' | 'edge'; call: (place: Place, unique: string, slug: string) => string }> =
	{
		'ingest (service.receive_message)': {
			role: 'edge',
			call: ({ contact, e164 }, unique) =>
				`select service.receive_message('twilio', 'SM${unique}', '${contact}', '${e164}', 'Is somebody at the desk?', 1, null, '{}')`
		},
		'service.record_receipt': {
			role: 'edge',
			call: ({ receipt }, unique) =>
				`select service.record_receipt('twilio', '${receipt}', null, 'delivered', 'delivered-${unique}', null, '{}')`
		},
		'api.me': { role: 'member', call: (_place, _unique, slug) => `select api.me('${slug}')` },
		'api.send_message': {
			role: 'member',
			call: ({ id, seq }, unique) =>
				`select api.send_message('Of course, until noon.', '${unique}', conversation_id => '${id}', seen_seq => ${seq})`
		},
		'api.mark_read': { role: 'member', call: ({ id, seq }) => `select api.mark_read('${id}', ${seq})` }
	};

const callsPerRound = 20;

/**
 * Each function's cost per request: server time, its plans warm, in a transaction that is rolled back so that sizes stay.
 * The conversations are some of the largest organization's that the member may write in, its longest among them.
 */
export async function requests(grown: Grown): Promise<Record<string, () => Promise<number>>> {
	const places = await somePlaces(grown);
	let count = 0;
	const oneRound =
		(connection: postgres.Sql, call: (place: Place, unique: string, slug: string) => string) => async () => {
			const times: number[] = [];
			await connection
				.begin(async (tx) => {
					for (let at = 0; at < callsPerRound; at++) {
						const place = places[at % places.length];
						if (place) times.push(await serverTime(tx, call(place, `bench-${(count += 1)}`, grown.largest.slug), ''));
					}
					throw undone;
				})
				.catch((error: unknown) => {
					if (error !== undone) throw error;
				});
			return median(times);
		};
	return Object.fromEntries(Object.entries(calls).map(([name, { role, call }]) => [name, oneRound(grown[role], call)]));
}

const undone = new Error('rolled back');

async function somePlaces({ sql, largest, longest }: Grown): Promise<Place[]> {
	return sql<Place[]>`
		select c.id, c.last_seq::integer as seq, n.e164, t.phone_number as contact,
			(select m.carrier_message_id from public.messages m
			 where m.conversation_id = c.id and m.direction = 'outbound' order by m.seq desc limit 1) as receipt
		from public.conversations c
		join public.phone_numbers n on n.id = c.phone_number_id
		join public.contacts t on t.id = c.contact_id
		where c.organization_id = ${largest.organizationId} and n.restricted_at is null and t.phone_number like '+%'
			and not exists (
				select from public.opt_outs o where o.phone_number_id = n.id and o.contact_number = t.phone_number)
			and exists (select from public.messages m where m.conversation_id = c.id and m.direction = 'outbound')
		order by c.id <> ${longest.conversationId}, md5(t.phone_number)
		limit ${callsPerRound}`;
}
