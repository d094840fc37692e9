import { deliverStubbornly } from '../functions/storm.ts';
import { inboundFields, makeHandset } from '../functions/doors.ts';
import { createNumber, createOrganization, createPerson, type Person } from '../support/people.ts';
import { startStack, type Stack } from '../support/stack.ts';

/** A team of two with one number, and a conversation with each of some handsets. */
export type World = {
	stack: Stack;
	people: Person[];
	number: { id: string; e164: string };
	/** conversations by handset */
	conversations: Map<string, string>;
};

export async function makeWorld(handsets: number, options: { wires?: boolean } = {}): Promise<World> {
	const stack = await startStack(options);
	const { sql, env } = stack;
	const people = [await createPerson(sql, env), await createPerson(sql, env)];
	const team = await createOrganization(sql, {
		owner: people[0]!,
		members: [{ person: people[1]!, role: 'member' }]
	});
	const number = await createNumber(sql, env, { organizationId: team.id });
	const world: World = { stack, people, number, conversations: new Map() };
	for (let count = 0; count < handsets; count += 1) await meet(world);
	return world;
}

/** A conversation with a handset that nobody has texted with before. */
export async function meet({ stack, number, conversations }: World): Promise<string> {
	const handset = makeHandset();
	const fields = inboundFields(stack.env, { from: handset, to: number.e164, body: `Hello from ${handset}` });
	if (!(await deliverStubbornly(stack.env, fields))) throw new Error('the first text was not taken');
	const [row] = await stack.sql<{ id: string }[]>`
		select conversation_id as id from public.messages where carrier_message_id = ${fields.MessageSid}`;
	conversations.set(handset, row!.id);
	return handset;
}
