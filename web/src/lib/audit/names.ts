import type { AuditLine, AuditNames } from '#core/audit-log.ts';
import { displayPhone } from '#core/phone-display.ts';

/** By what somebody is called; null for an id that nobody has (any more). */
export function personOf(names: AuditNames, id: unknown): string | null {
	const person = names.people.find(({ user_id }) => user_id === id);
	return person ? (person.full_name ?? person.username) : null;
}

/** A phone number as it is read, in one piece. */
function numberOf(names: AuditNames, id: unknown): string | null {
	const number = names.numbers.find((one) => one.id === id);
	if (!number) return null;
	const { prefix, rest } = displayPhone(number.e164);
	return `${prefix} ${rest}`.replaceAll(' ', '\u00a0');
}

/** Who did what a line tells, as a sentence begins. */
export function actorOf({ actor_kind, actor_id }: AuditLine, names: AuditNames): string {
	if (actor_kind === 'platform') return names.platform;
	return personOf(names, actor_id) ?? (actor_kind === 'key' ? 'A key' : 'Somebody who left');
}

/** To what it was done, inside a sentence. */
export function objectOf({ object_kind, object_id }: AuditLine, names: AuditNames): string {
	if (object_kind === 'member') return personOf(names, object_id) ?? 'somebody who left';
	if (object_kind === 'phone_number') return numberOf(names, object_id) ?? 'a number';
	if (object_kind === 'api_key') return 'an API key';
	return object_kind.replaceAll('_', ' ');
}
