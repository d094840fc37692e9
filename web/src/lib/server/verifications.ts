import * as z from 'zod';
import { Failure, failures } from '#core/failures.ts';
import { meanwhile, timeToLive, withPossibleCode } from '#core/verifications.ts';
import type { Candidate, OtherText, Service, Verification, VerificationCode } from '#core/verifications.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** What the page of a verification shows of a code, and of a request that one may belong to. */
const codeColumns =
	'id, conversation_id, verification_id, candidate_ids, late, code, has_code, reasons, service_name, valid_seconds, kept_until, created_at';
const candidateColumns =
	'id, service_id, service_name, requested_by, requested_by_username, requested_by_name, created_at';

/** A request as its form is sent. `number`: empty for any that suits. */
export const Request = z.object({
	service: z.string().min(1, failures.service_invalid.says).max(80, failures.service_invalid.says),
	number: z.union([z.uuid(), z.literal('')]).default(''),
	ttl: z.coerce
		.number(failures.ttl_invalid.says)
		.int(failures.ttl_invalid.says)
		.min(timeToLive.least, failures.ttl_invalid.says)
		.max(timeToLive.most, failures.ttl_invalid.says),
	note: z
		.string()
		.transform((text) => text.replace(/\r\n?/g, '\n'))
		.pipe(z.string().max(500, failures.verification_note_too_long.says))
		.default(''),
	idempotency_key: z.string().min(8).max(200)
});

/** A verification and everything its page shows. Throws `not_found`, also for one of another organization. */
export async function open(
	database: AppDatabase,
	organizationId: string,
	id: string
): Promise<{ verification: Verification; codes: VerificationCode[]; candidates: Candidate[]; others: OtherText[] }> {
	if (!z.uuid().safeParse(id).success) throw new Failure('not_found');
	const [found, codes] = await Promise.all([
		database.from('verifications').select('*').eq('id', id).eq('organization_id', organizationId).maybeSingle(),
		database
			.from('verification_codes')
			.select(codeColumns)
			.eq('organization_id', organizationId)
			.or(`verification_id.eq.${id},candidate_ids.cs.{${id}}`)
			.order('id', { ascending: false })
			.limit(50)
	]);
	if (found.error) throw refusalOf(found.error);
	if (!found.data) throw new Failure('not_found');
	if (codes.error) throw refusalOf(codes.error);
	const rows = codes.data as VerificationCode[];
	const verification = found.data as Verification;
	const [requests, others] = await Promise.all([
		candidates(database, organizationId, rows),
		otherTexts(database, verification)
	]);
	return { verification, codes: rows, candidates: requests, others };
}

/** What came to its number while it waited for a code that has not come: texts in which none was found, newest first. */
async function otherTexts(database: AppDatabase, verification: Verification): Promise<OtherText[]> {
	const between = meanwhile(verification);
	if (!between) return [];
	const { data, error } = await database
		.from('messages')
		.select('id, conversation_id, body, created_at')
		.eq('organization_id', verification.organization_id)
		.eq('phone_number_id', verification.phone_number_id)
		.eq('direction', 'inbound')
		.is('masked_body', null)
		.gt('id', between.after)
		.lt('id', between.before)
		.order('id', { ascending: false })
		.limit(20);
	if (error) throw refusalOf(error);
	return withPossibleCode(data as OtherText[]);
}

/** The requests that codes may belong to, oldest first. */
async function candidates(
	database: AppDatabase,
	organizationId: string,
	codes: readonly VerificationCode[]
): Promise<Candidate[]> {
	const ids = [...new Set(codes.flatMap(({ candidate_ids: ids }) => ids))];
	if (ids.length === 0) return [];
	const { data, error } = await database
		.from('verifications')
		.select(candidateColumns)
		.eq('organization_id', organizationId)
		.in('id', ids.slice(0, 50))
		.order('id');
	if (error) throw refusalOf(error);
	return data as Candidate[];
}

/** The catalogue, by name. */
export async function services(database: AppDatabase): Promise<Service[]> {
	const { data, error } = await database.from('services').select('id, name, words').order('name').limit(500);
	if (error) throw refusalOf(error);
	return data as Service[];
}

/** When the organization said that it asks for codes of its own accounts and tests only; null: not yet. */
export async function allowedUseConfirmedAt(database: AppDatabase, organizationId: string): Promise<string | null> {
	const { data, error } = await database
		.from('organizations')
		.select('allowed_use_confirmed_at')
		.eq('id', organizationId)
		.maybeSingle();
	if (error) throw refusalOf(error);
	return data?.allowed_use_confirmed_at ?? null;
}

/** Says so, once for the organization. Throws `not_allowed`. */
export async function confirmAllowedUse(database: AppDatabase, organizationId: string): Promise<void> {
	const { error } = await database.rpc('confirm_allowed_use', { organization_id: organizationId });
	if (error) throw refusalOf(error);
}

/** Too many requests: it says from when on the next one is taken. */
class TooMany extends Failure {
	readonly seconds: number;

	constructor(retryAt: string) {
		super('verifications_too_many');
		this.seconds = Math.max(1, Math.ceil((Date.parse(retryAt) - Date.now()) / 1000));
	}
}

/** The known service that somebody means by a name; undefined for one of their own. */
export function serviceOf(name: string, known: readonly Service[]): Service | undefined {
	const said = name.trim().toLowerCase();
	return known.find((service) => service.name.toLowerCase() === said || service.words.includes(said));
}

/**
 * Asks for a code; answers the request's id. Throws `service_invalid`, `ttl_invalid`, `verification_note_too_long`,
 * `number_missing`, `allowed_use_unconfirmed`, `verification_key_reused`, `verifications_too_many` (with `seconds`) …
 */
export async function request(
	database: AppDatabase,
	organizationId: string,
	{ service, number, ttl, note, idempotency_key }: z.infer<typeof Request>
): Promise<string> {
	const known = serviceOf(service, await services(database));
	return ask(database, {
		organization_id: organizationId,
		idempotency_key,
		...(known ? { service_id: known.id } : { service_name: service }),
		...(number && { phone_number_id: number }),
		ttl_seconds: ttl,
		note
	});
}

/** Asks for the same once more, on the same number while it is there. Throws what `request` throws. */
export async function requestAgain(
	database: AppDatabase,
	organizationId: string,
	id: string,
	idempotency_key: string
): Promise<string> {
	const { verification: was } = await open(database, organizationId, id);
	const same = {
		organization_id: organizationId,
		idempotency_key,
		...(was.service_id ? { service_id: was.service_id } : { service_name: was.service_name }),
		ttl_seconds: was.ttl_seconds,
		...(was.note && { note: was.note })
	};
	try {
		return await ask(database, { ...same, phone_number_id: was.phone_number_id });
	} catch (cause) {
		if (cause instanceof Failure && cause.slug === 'not_found') return ask(database, same);
		throw cause;
	}
}

async function ask(
	database: AppDatabase,
	asked: {
		organization_id: string;
		idempotency_key: string;
		service_id?: string;
		service_name?: string;
		phone_number_id?: string;
		ttl_seconds: number;
		note?: string;
	}
): Promise<string> {
	const { data, error } = await database.rpc('request_verification', asked);
	if (error?.message === 'verifications_too_many' && error.hint) throw new TooMany(error.hint);
	if (error) throw refusalOf(error);
	return (data as Verification).id;
}

/** Waits no longer. Throws `cancel_reason_too_long`, `verification_over`, `not_allowed` … */
export async function cancel(database: AppDatabase, id: string, reason: string): Promise<void> {
	const { error } = await database.rpc('cancel_verification', { verification_id: id, ...(reason && { reason }) });
	if (error) throw refusalOf(error);
}

/** Done, with the newest code. Throws `code_missing`, `verification_over`, `not_allowed` … */
export async function complete(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('complete_verification', { verification_id: id });
	if (error) throw refusalOf(error);
}

/** A code that is masked to this person; the audit log keeps that they looked. Throws `code_removed`, `not_allowed` … */
export async function reveal(database: AppDatabase, codeId: string): Promise<string> {
	const { data, error } = await database.rpc('reveal_code', { code_id: codeId });
	if (error) throw refusalOf(error);
	return data;
}

/** Says which request a code belongs to. Throws `code_taken`, `not_allowed` … */
export async function choose(database: AppDatabase, codeId: string, verificationId: string): Promise<void> {
	const { error } = await database.rpc('choose_verification', { code_id: codeId, verification_id: verificationId });
	if (error) throw refusalOf(error);
}
