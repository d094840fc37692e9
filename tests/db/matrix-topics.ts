/** The isolation matrix for what is Supabase's and follows our policies: topics of Realtime, files of Storage. */
import type { TransactionSql } from 'postgres';
import { attempt } from './attempts.ts';
import { isHere, type Persona } from './cast.ts';
import type { World } from './world.ts';

/** Who hears, or speaks on, a topic that is not theirs, or cannot on one that is; the same for files. */
export async function openTopics(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const topics = topicsOf(world);
	const extensions = ['broadcast', 'presence'] as const;
	for (const { topic } of topics) {
		for (const extension of extensions) {
			await tx`insert into realtime.messages (topic, extension) values (${topic}, ${extension})`;
		}
	}
	for (const persona of world.personas) {
		const heard = await attempt(
			tx,
			persona,
			topics.map(({ topic, given }) => ({
				given,
				statement: `select id from realtime.messages where topic = '${topic}'`
			})),
			{ rows: true }
		);
		const spoken = await attempt(
			tx,
			persona,
			topics.flatMap(({ topic, given }) =>
				extensions.map((extension) => ({
					given,
					statement: `insert into realtime.messages (topic, extension) values ('${topic}', '${extension}')`
				}))
			)
		);
		topics.forEach(({ topic, mayHear }, place) => {
			const mayRead = mayHear(persona);
			const mayWrite = mayRead && /^(number|conversation):/.test(topic);
			const hears = heard[place]!.rows.length > 0;
			const speaks = spoken.slice(2 * place, 2 * place + 2).some(({ refused }) => refused === null);
			if (hears !== mayRead) found.push(`${persona.name} ${hears ? 'hears' : 'cannot hear'} ${topic}`);
			if (speaks !== mayWrite) found.push(`${persona.name} ${speaks ? 'speaks' : 'cannot speak'} on ${topic}`);
		});
	}
	return [...found, ...(await openFiles(tx, world))];
}

type Topic = { topic: string; given: string; mayHear: (persona: Persona) => boolean };

/** One topic of each kind, of everything that is not everybody's, and who may hear it. */
function topicsOf({ things, heldThings, team, personas }: World): Topic[] {
	const nobody = () => false;
	const ofNumber = ({ numbers }: Persona) => numbers.includes(String(things.phone_number_id));
	const topics: [string, Topic['mayHear']][] = [
		[`number:${things.phone_number_id}`, ofNumber],
		[`conversation:${things.conversation_id}`, ofNumber],
		[`conversation:${team}`, ({ teams }) => teams.includes(team)],
		[
			`organization:${things.organization_id}`,
			({ organizations }) => organizations.includes(String(things.organization_id))
		],
		[`organization:${heldThings.organization_id}`, nobody],
		[`number:${heldThings.phone_number_id}`, nobody],
		[`conversation:${heldThings.conversation_id}`, nobody]
	];
	for (const { userId, part } of personas) {
		if (userId) topics.push([`user:${userId}`, (persona) => persona.userId === userId && isHere(part)]);
	}
	// Realtime tells the policies which topic is meant
	return topics.map(([topic, mayHear]) => ({
		topic,
		mayHear,
		given: `select set_config('realtime.topic', '${topic}', true)`
	}));
}

/** A file somebody put up: their own while it waits, and shown to those who see its person or organization. */
async function openFiles(tx: TransactionSql, { personas, pictures, things }: World): Promise<string[]> {
	const found: string[] = [];
	const colleagues = await tx<{ user_id: string; organization_id: string }[]>`
		select user_id, organization_id from public.memberships`;
	const knows = ({ organizations }: Persona, userId: string) =>
		colleagues.some((row) => row.user_id === userId && organizations.includes(row.organization_id));

	const files = pictures.map(({ bucket, path, organizationId, userId, shown }) => ({
		bucket,
		path,
		maySee: (persona: Persona) => {
			const isTheirs = persona.userId === userId && isHere(persona.part);
			if (bucket === 'avatars') return isTheirs || (shown && knows(persona, userId));
			return persona.organizations.includes(organizationId) && (shown || isTheirs);
		}
	}));
	// and what lies where it should not, in every bucket there is
	const stray = `${things.organization_id}/secret.png`;
	const buckets = await tx<{ id: string }[]>`
		with strays as (insert into storage.objects (bucket_id, name) select id, ${stray} from storage.buckets)
		select id from storage.buckets`;
	for (const { id } of buckets) files.push({ bucket: id as 'logos', path: stray, maySee: () => false });

	for (const persona of personas) {
		const [seen] = await attempt(tx, persona, ['select bucket_id, name from storage.objects'], { rows: true });
		const names = new Set((seen?.rows as { bucket_id: string; name: string }[]).map((row) => row.bucket_id + row.name));
		for (const { bucket, path, maySee } of files) {
			const sees = names.has(bucket + path);
			if (sees && !maySee(persona)) found.push(`${persona.name} sees files of others in ${bucket}`);
			if (!sees && maySee(persona)) found.push(`${persona.name} cannot see a file of theirs in ${bucket}`);
		}
		found.push(...(await putsUp(tx, persona, things)));
	}
	return found;
}

/** Nobody changes or deletes files but by a verb; a new one goes into one's own folder, or that of what one runs. */
async function putsUp(tx: TransactionSql, persona: Persona, things: World['things']): Promise<string[]> {
	const file = crypto.randomUUID();
	const put = (bucket: string, folder: unknown) =>
		`insert into storage.objects (bucket_id, name, owner_id) values ('${bucket}', '${folder}/${file}', '${persona.userId}')`;
	const changed = (statement: string) => `with changed as (${statement} returning id) select 1 / count(*) from changed`;
	const tries: [string, string, boolean][] = [
		['put up an avatar', put('avatars', persona.userId), persona.userId !== null && isHere(persona.part)],
		[
			"put up another's avatar",
			put('avatars', things.user_id),
			persona.userId === things.user_id && isHere(persona.part)
		],
		['put up a logo', put('logos', things.organization_id), persona.manages.includes(String(things.organization_id))],
		['change files', changed(`update storage.objects set metadata = '{}'`), false],
		['delete files', changed('delete from storage.objects'), false]
	];
	const answers = await attempt(
		tx,
		persona,
		// as Storage itself does before it deletes
		tries.map(([, statement]) => ({
			given: `select set_config('storage.allow_delete_query', 'true', true)`,
			statement
		}))
	);
	return tries.flatMap(([deed, , may], place) => {
		const does = answers[place]!.refused === null;
		return does === may ? [] : [`${persona.name} ${does ? 'can' : 'cannot'} ${deed}`];
	});
}
