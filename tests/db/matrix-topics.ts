/** The isolation matrix for what is Supabase's and follows our policies: topics of Realtime, files of Storage. */
import type { TransactionSql } from 'postgres';
import { attempt } from './attempts.ts';
import type { World } from './world.ts';

/** Who hears, or speaks on, a topic that is not theirs; the same for files. */
export async function openTopics(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const { organization_id, phone_number_id, conversation_id, user_id } = world.things;
	const topics = [
		`number:${phone_number_id}`,
		`conversation:${conversation_id}`,
		`organization:${organization_id}`,
		`user:${user_id}`
	];
	for (const topic of topics) {
		const settings = { 'realtime.topic': topic };
		for (const extension of ['broadcast', 'presence']) {
			await tx`insert into realtime.messages (topic, extension) values (${topic}, ${extension})`;
		}
		for (const persona of world.personas) {
			const mine = persona === world.owner;
			const isMember = persona.organizations.includes(String(organization_id));
			const mayRead = mine || (isMember && topic.startsWith('organization:'));
			const mayWrite = mine && /^(number|conversation):/.test(topic);
			const quoted = topic.replaceAll("'", "''");
			const [heard] = await attempt(tx, persona, [`select id from realtime.messages where topic = '${quoted}'`], {
				rows: true,
				settings
			});
			const hears = (heard?.rows.length ?? 0) > 0;
			if (hears !== mayRead) found.push(`${persona.name} ${hears ? 'hears' : 'cannot hear'} ${topic}`);
			const spoken = await attempt(
				tx,
				persona,
				['broadcast', 'presence'].map(
					(extension) => `insert into realtime.messages (topic, extension) values ('${quoted}', '${extension}')`
				),
				{ settings }
			);
			const speaks = spoken.some(({ refused }) => refused === null);
			if (speaks !== mayWrite) found.push(`${persona.name} ${speaks ? 'speaks' : 'cannot speak'} on ${topic}`);
		}
	}
	return [...found, ...(await openFiles(tx, world))];
}

/** Files live under their organization's id; where there is no storage yet, there is nothing to see. */
async function openFiles(tx: TransactionSql, world: World): Promise<string[]> {
	const [{ storage } = { storage: null }] = await tx`select to_regclass('storage.objects') as storage`;
	if (storage === null) return [];
	const name = `${world.things.organization_id}/secret.png`;
	await tx`insert into storage.objects (bucket_id, name) select id, ${name} from storage.buckets`;
	const found: string[] = [];
	for (const persona of world.personas) {
		if (persona === world.owner) continue;
		const [seen] = await attempt(tx, persona, [`select name from storage.objects where name = '${name}'`], {
			rows: true
		});
		if ((seen?.rows.length ?? 0) > 0) found.push(`${persona.name} sees files of others`);
		const [changed] = await attempt(tx, persona, [
			`with gone as (delete from storage.objects where name = '${name}' returning name) select * from gone`
		]);
		if (changed?.refused === null && (seen?.rows.length ?? 0) > 0)
			found.push(`${persona.name} can delete files of others`);
	}
	return found;
}
