/** A small world for isolation tests: everyone who might look, and one row of everything there is to see. Never committed. */
import type { Sql, TransactionSql } from 'postgres';
import { stack } from '../support/shared-stack.ts';
import { addMember, claimsOf, createNumber, createOrganization, createPerson, type Person } from '../support/people.ts';
import {
	fillNumber,
	fillOrders,
	fillTeam,
	fillWallet,
	inviteSomebody,
	putUpPictures,
	writeDown,
	type Picture
} from './belongings.ts';
import { keepKey } from './keys-cast.ts';
import { keepWebhook } from './webhook-belongings.ts';
import { belongs, cast, fates, isHere, type Part, type Persona, type Place } from './cast.ts';

export type World = {
	personas: Persona[];
	owner: Persona;
	/** the owner's things, by the names that columns and arguments have: the number is restricted by a grant */
	things: Record<string, unknown>;
	/** the same of the suspended organization, as far as they differ */
	heldThings: Record<string, unknown>;
	team: string;
	pictures: Picture[];
	/** what nobody may ever read, be it their own: hashes of passwords and tokens */
	sealed: string[];
};

/** An organization with a restricted number and, if it is ours, an open one. */
type Kept = { id: string; slug: string; numbers: { id: string; e164: string; restricted: boolean }[] };

const body = 'meet at the blue door, nobody else may know';
const teamBody = 'between the few of us: the green door is open';

/** Makes the world. `tx` is the superuser's. */
export async function createWorld(tx: TransactionSql): Promise<World> {
	// postgres.js types a transaction apart from a connection; what people.ts uses, both have
	const sql = tx as unknown as Sql;
	const everybody = new Map<Part, Person>();
	for (const part of cast) everybody.set(part, await createPerson(sql, stack.env));
	const colleague = await createPerson(sql, stack.env);
	const ownerOf = (place: Place) => [...everybody].find(([part]) => part.place === place && part.role === 'owner')![1];
	const owner = ownerOf('ours');

	const places = {} as Record<Place, Kept>;
	for (const place of ['ours', 'elsewhere', 'held'] as const) {
		const organization = await createOrganization(sql, { owner: ownerOf(place) });
		const granted: { userId: string }[] = [];
		for (const [part, person] of everybody) {
			if (part.place !== place || part.role === undefined) continue;
			if (part.role !== 'owner') await addMember(sql, organization.id, person, part.role);
			if (part.granted) granted.push({ userId: person.userId });
		}
		const kinds = place === 'ours' ? [true, false] : [true];
		places[place] = { ...organization, numbers: [] };
		for (const restricted of kinds) {
			const grants = restricted ? { grants: granted } : {};
			const number = await createNumber(sql, null, { organizationId: organization.id, ...grants });
			places[place].numbers.push({ ...number, restricted });
		}
	}
	const { ours, elsewhere, held } = places;
	await addMember(sql, ours.id, colleague, 'member');
	const [restricted, open] = [ours.numbers[0]!, ours.numbers[1]!];

	const kept = await fillNumber(tx, ours.id, restricted.id, owner, body);
	await fillNumber(tx, ours.id, open.id, owner, 'good morning');
	await fillNumber(tx, elsewhere.id, elsewhere.numbers[0]!.id, ownerOf('elsewhere'), 'good evening');
	const keptOnHold = await fillNumber(tx, held.id, held.numbers[0]!.id, ownerOf('held'), 'good night');
	const inTeam = [...everybody].filter(([part]) => part.inTeam).map(([, person]) => person);
	const team = await fillTeam(tx, ours.id, inTeam, teamBody);
	for (const place of [ours, held]) await fillWallet(tx, place.id);
	for (const place of [ours, held]) await fillOrders(tx, place.id, place === ours ? owner : ownerOf('held'));
	for (const place of [ours, held]) await writeDown(tx, place.id, place === ours ? owner : ownerOf('held'));
	const invitation = await inviteSomebody(tx, ours.id, owner);
	const invitationOnHold = await inviteSomebody(tx, held.id, ownerOf('held'));
	const keyWish = { name: 'Booking sync', scopes: ['messages:read'], numbers: null };
	const key = await keepKey(tx, ours.id, keyWish);
	const keyOnHold = await keepKey(tx, held.id, keyWish);
	const webhook = await keepWebhook(tx, ours.id);
	const webhookOnHold = await keepWebhook(tx, held.id);
	const pictures = [
		...(await putUpPictures(tx, ours.id, owner)),
		...(await putUpPictures(tx, held.id, ownerOf('held')))
	];

	for (const [part, person] of everybody) {
		await tx`select private.record_password_entered(${person.sessionId})`;
		if (part.offered) {
			await tx`
				insert into public.ownership_offers (organization_id, offered_by, offered_to)
				values (${ours.id}, ${owner.userId}, ${person.userId})`;
		}
		if (part.fate) await fates[part.fate].happens(tx, person, places[part.place ?? 'ours'].id);
	}
	await tx`select private.suspend_organization(${held.id}, 'for this test')`;

	const hidden = [restricted.id, restricted.e164, kept.conversation_id, kept.message_id, body];
	const all = [ours.id, ours.slug, open.id, open.e164, owner.email, ...hidden, team, teamBody];
	const personas = [...everybody].map(([part, person]): Persona => {
		const place = part.place ? places[part.place] : null;
		const there = place !== null && belongs(part);
		const manages = there && (part.role === 'owner' || part.role === 'admin');
		const numbers = there ? place.numbers.filter((number) => manages || part.granted || !number.restricted) : [];
		const home = isHere(part) ? [person.organizationId] : [];
		const isOurs = there && place === ours;
		return {
			name: part.name,
			role: 'authenticated',
			claims: claimsOf(person),
			userId: person.userId,
			part,
			organizations: there ? [place.id, ...home] : home,
			manages: manages ? [place.id, ...home] : home,
			numbers: numbers.map(({ id }) => id),
			teams: isOurs && part.inTeam ? [team] : [],
			secrets: [
				...(isOurs ? [] : all),
				...(isOurs && !numbers.includes(restricted) ? hidden : []),
				// whoever may remove people is told which conversations would go with them, not what was said there
				...(isOurs && !part.inTeam ? (manages ? [teamBody] : [team, teamBody]) : [])
			]
		};
	});
	const visitor: Persona = {
		name: 'an anonymous visitor',
		role: 'anon',
		claims: null,
		userId: null,
		part: { name: 'an anonymous visitor' },
		organizations: [],
		manages: [],
		numbers: [],
		teams: [],
		secrets: all
	};
	const sealed = await tx<{ sealed: string }[]>`
		select encrypted_password as sealed from auth.users where id = ${owner.userId}
		union all
		select encode(t.token_hash, 'hex')
		from private.invitation_tokens t
		join private.invitation_letters l on l.id = t.letter_id
		where l.organization_id in (${ours.id}, ${held.id})
		union all
		select encode(s.hash, 'hex') from private.api_key_secrets s where s.key_id in (${key}, ${keyOnHold})
		union all
		select unnest(private.webhook_secrets_of(${webhook.endpoint_id}))`;
	return {
		owner: personas[0]!,
		personas: [visitor, ...personas],
		team,
		pictures,
		sealed: sealed.map((row) => row.sealed),
		things: {
			...kept,
			organization_id: ours.id,
			phone_number_id: restricted.id,
			user_id: owner.userId,
			// a member who never looks
			colleague: colleague.userId,
			author_id: owner.userId,
			slug: ours.slug,
			username: owner.username,
			body,
			recipient: '+14155550199',
			size: 70,
			type: 'image/png',
			note_id: '33333333-3333-4333-8333-333333333333',
			notification_ids: '{}',
			choices: '[]',
			channel: 'bell',
			quiet_from: '22:00',
			quiet_until: '07:00',
			mentions_break_through: true,
			digest_at: '08:00',
			endpoint: 'https://push.example/one',
			p256dh: 'B'.repeat(87),
			auth: 'a'.repeat(22),
			capability: 'audit:read',
			session_id: owner.sessionId,
			actor: owner.userId,
			verb: 'member.invited',
			since: '2020-01-01',
			until: '2100-01-01',
			before_id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
			batch: 10,
			after_id: '00000000-0000-0000-0000-000000000000',
			month: '2026-11-15',
			period: 'day',
			caller: key,
			pattern: 'GET /v1/me',
			outcome: 'done',
			request_id: '55555555-5555-4555-8555-555555555555',
			key_id: key,
			...webhook,
			event_types: '{message.received}',
			url: 'https://hooks.example/texts',
			order_by: 'subject',
			description: 'Booking system',
			only_parked: true,
			mode: 'live',
			public_id: 'Ab3dEf9h',
			hash: 'ab'.repeat(32),
			scopes: '{messages:read}',
			phone_number_ids: `{${restricted.id}}`,
			allowed_from: '{203.0.113.0/24}',
			expires_at: '2100-01-01',
			overlap_seconds: 3600,
			...invitation,
			bucket_id: 'avatars',
			path: pictures.find(({ bucket, shown }) => bucket === 'avatars' && !shown)!.path,
			full_name: 'Robin Tester',
			locale: 'en-GB',
			time_zone: 'Europe/Berlin',
			name: 'Another name',
			role: 'viewer',
			hand_over_to: owner.userId,
			restricted: true,
			roles: '{viewer}',
			user_ids: `{${owner.userId}}`,
			topic: `number:${restricted.id}`,
			conversation_ids: `{${kept.conversation_id}}`,
			assignee_id: owner.userId,
			add: '{}',
			remove: '{}',
			follows: true,
			country_code: 'DE',
			sample: '+4915112345678',
			e164: '+14155650199',
			total_micros: 1_150_000,
			label: 'Front desk',
			reopen_archived: true,
			caps: '[{"name": "numbers", "most": 1, "stops": true}]',
			team_id: team,
			into_id: kept.contact_id,
			ids: `{${kept.contact_id}}`,
			text: 'Another text',
			attachment_ids: '{}',
			title: 'Another title',
			notes: 'Another note',
			phone_number: '+14155550196',
			query: 'door',
			filters: '{}',
			seen_seq: 9,
			segments: 1,
			hold_seconds: 0,
			send_at: '2100-01-01',
			cancel_on_reply: true,
			based_on: 1,
			contact_number: '+14155550197',
			note: 'by telephone',
			evidence: 'Signed form of 3 May',
			rows: '[{"row": 1, "contact_number": "+14155550196", "phone_number": "+14155550196"}]',
			dry_run: false,
			class: 'bodies',
			days: 90,
			color: 3,
			stop_text: 'Done',
			start_text: 'Back',
			help_text: 'Help',
			service_id: 'google',
			service_name: 'Google',
			ttl_seconds: 600,
			reason: 'no longer needed',
			code: '482910',
			verdict: 'code',
			before: 'another door ',
			after: '',
			sender: '+14155550197',
			changes: '[]',
			code_roles: '{owner}',
			code_hours: 24,
			requested_by: owner.userId,
			hours: 24,
			view_id: '44444444-4444-4444-8444-444444444444',
			seconds: 5,
			seq: 1,
			moment: '2026-11-22',
			format: 'csv',
			plan: 'pro',
			billing_interval: 'month',
			idempotency_key: 'a key of its own',
			amount_micros: 20_000_000,
			threshold_micros: 5_000_000,
			monthly_ceiling_micros: 100_000_000,
			top_up_id: '99999999-9999-4999-8999-999999999999',
			auto_renew: false,
			at_period_end: false
		},
		heldThings: {
			...keptOnHold,
			...invitationOnHold,
			key_id: keyOnHold,
			...webhookOnHold,
			organization_id: held.id,
			phone_number_id: held.numbers[0]!.id,
			user_id: ownerOf('held').userId,
			colleague: ownerOf('held').userId,
			slug: held.slug
		}
	};
}
