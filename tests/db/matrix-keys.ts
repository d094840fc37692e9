/** The isolation matrix for API keys: everything in our schemas × every key. Each function lists its findings, none is good. */
import type { TransactionSql } from 'postgres';
import { attempt } from './attempts.ts';
import { relations, routines, type Relation } from './catalog.ts';
import { fill } from './fill.ts';
import { createKeys, keyHelpers, keyRelations, keysOnly, keyVerbs, type KeyPersona } from './keys-cast.ts';
import { callOf } from './matrix-functions.ts';
import { verbs } from './verbs.ts';
import type { World } from './world.ts';

type Row = Record<string, unknown>;

/** Whether a key may see a row of what keys may select. */
function maySee({ label, name, columns }: Relation, row: Row, key: KeyPersona): boolean {
	if (!key.alive || !key.scopes.some((scope) => keyRelations[label]?.includes(scope))) return false;
	if (!columns.includes('organization_id')) return true;
	const number = /^(phone|owned)_numbers$/.test(name) ? row.id : row.phone_number_id;
	const followsNumber =
		/^(phone|owned)_numbers$/.test(name) ||
		(columns.includes('phone_number_id') && !(name === 'number_orders' && key.open));
	return (
		row.organization_id === key.organizationId &&
		(!followsNumber || key.numbers.includes(String(number))) &&
		// what is not sent yet is its author's
		!(name === 'attachments' && row.message_id === null && row.scheduled_id === null)
	);
}

/** Which keys see rows they should not, or miss rows they should see, and what is open to keys without being listed. */
export async function wrongKeyRows(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const keys = await createKeys(tx, world);
	const all = (await relations(tx)).filter(({ schema }) => schema === 'public' || schema === 'api');
	const rows = new Map<Relation, Row[]>();
	for (const relation of all) {
		if (!(relation.label in keyRelations)) continue;
		if (relation.kind === 'table') await fill(tx, relation, world.things);
		const kept = await tx<{ row: Row }[]>`select to_jsonb(t) as row from ${tx(relation.label)} t`;
		rows.set(
			relation,
			kept.map(({ row }) => row)
		);
	}
	for (const key of keys) {
		const answers = await attempt(
			tx,
			key,
			all.map(({ label }) => `select * from ${label}`),
			{ rows: true }
		);
		all.forEach((relation, place) => {
			const { label, kind } = relation;
			const { refused, rows: answered } = answers[place]!;
			const kept = rows.get(relation);
			if (!kept) {
				if (refused !== '42501') found.push(`${key.name} may select from ${label}`);
				return;
			}
			if (refused !== null) {
				found.push(`${key.name} cannot select from ${label}: ${refused}`);
				return;
			}
			const seen = answered as Row[];
			const wrong = seen.filter((row) => !maySee(relation, row, key));
			if (wrong.length > 0) found.push(`${key.name} sees ${wrong.length} rows of others in ${label}`);
			const missing = kept.filter((row) => maySee(relation, row, key)).length - seen.length + wrong.length;
			if (kind === 'table' && missing > 0) found.push(`${key.name} misses ${missing} own rows of ${label}`);
		});
	}
	return found;
}

/** Functions that keys can execute and should not, write grants that they have, and what is shut to them by mistake. */
export async function openToKeys(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const [key] = await createKeys(tx, world);
	// as if private were open: a function has to hold on its own
	await tx`grant usage on schema private, service to api_key`;
	const all = (await routines(tx)).filter((routine) => !isForKeys(routine));
	const calls = all.map((routine) => callOf(routine, null)!);
	for (const [place, { refused }] of (await attempt(tx, key!, calls, { rows: true })).entries()) {
		if (refused !== '42501') found.push(`keys can execute ${all[place]!.label} (${refused ?? 'done'})`);
	}
	const writes = (await relations(tx)).flatMap(({ label, columns }) => [
		`insert into ${label} default values`,
		`update ${label} set ${JSON.stringify(columns[0])} = null`,
		`delete from ${label}`,
		`truncate ${label} cascade`
	]);
	for (const { statement, refused } of await attempt(tx, key!, writes)) {
		if (!['42501', '42809', '55000'].includes(refused ?? ''))
			found.push(`keys can ${statement} (${refused ?? 'done'})`);
	}
	return found;
}

function isForKeys({ schema, name, signature }: { schema: string; name: string; signature: string }): boolean {
	if (schema === 'private' && keyHelpers.includes(signature)) return true;
	if (schema === 'api' && keysOnly.includes(name)) return true;
	return (schema === 'api' || schema === 'private') && Object.hasOwn(keyVerbs, name);
}

/** Which keys may act without the scope for it, or on what is not theirs; and who is refused for another reason than theirs. */
export async function wrongKeyScopes(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const visitor = world.personas[0]!;
	const names = Object.keys(keyVerbs);
	for (const key of await createKeys(tx, world)) {
		const ask = (those: readonly string[]) =>
			attempt(
				tx,
				key,
				those.map((name) => `select api.${name}(${verbs[name]!.call(world.things, visitor)})`)
			);
		const ofRest = await ask(names.filter((name) => !ofOwnFiles.includes(name)));
		const restore = await putUpBy(tx, key, world);
		const ofFiles = await ask(ofOwnFiles);
		await restore();
		const answers = names.map((name) => (ofOwnFiles.includes(name) ? ofFiles : ofRest).shift()!);
		names.forEach((name, place) => {
			const { refused, said } = answers[place]!;
			const got = refused === null ? null : refused.startsWith('PT') ? said : refused;
			const due = refusalFor(name, key, world);
			if (due !== null ? got !== due : isDoor(got) && !isOfOthers(name, got)) {
				found.push(`${key.name} hears ${got} of ${name}, not ${due}`);
			}
		});
	}
	return found;
}

/** Verbs for a file that the key itself put up and did not send. */
const ofOwnFiles = ['finish_attachment', 'remove_attachment'];

/** Makes the world's file such a one, where a key of that organization looks; answers with how it is made what it was. */
async function putUpBy(tx: TransactionSql, key: KeyPersona, { things }: World): Promise<() => Promise<void>> {
	if (key.organizationId !== things.organization_id) return () => Promise.resolve();
	const id = String(things.attachment_id);
	const [was] = await tx<{ message_id: string }[]>`select message_id from public.attachments where id = ${id}`;
	const set = (message: string | null, by: string | null) =>
		tx`update public.attachments set message_id = ${message}, api_key_id = ${by} where id = ${id}`;
	await set(null, String(key.claims.key_id));
	return async () => {
		await set(was!.message_id, null);
	};
}

/** The refusal that is due; null: whatever the verb itself thinks of it. */
function refusalFor(name: string, key: KeyPersona, { things }: World): string | null {
	if (!key.alive) return 'unauthorized';
	if (key.organizationId !== things.organization_id) return 'not_found';
	if (verbs[name]!.onNumber && !key.numbers.includes(String(things.phone_number_id))) return 'not_found';
	// a key for certain numbers is for no others
	if (name === 'order_number' && !key.open) return 'scope_missing';
	return [keyVerbs[name]!].flat().some((scope) => key.scopes.includes(scope)) ? null : 'scope_missing';
}

const isDoor = (got: string | null) =>
	got !== null && (['unauthorized', 'not_found', 'scope_missing'].includes(got) || /^[0-9A-Z]{5}$/.test(got));
/** A request for a code that a person made is not a key's to end; and there is nobody else to merge with. */
const isOfOthers = (name: string, got: string | null) =>
	(/^(cancel|complete)_verification$/.test(name) && got === 'scope_missing') ||
	(name === 'merge_contacts' && got === 'not_found');
