/** Somebody's program that is told of events, and the endpoint that leads there. */
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';
import { createNumber, createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { openReceiver, type Told } from '../support/webhook-receiver.ts';

const { sql, env } = stack;

/** A program on this machine, until the test is over. */
export async function receiver() {
	const program = await openReceiver();
	onTestFinished(program.close);
	return program;
}

/** Throws unless it is signed by this secret. */
export function verify(secret: string, { body, headers }: Told): void {
	new Webhook(secret).verify(body, headers as Record<string, string>);
}

/** An organization with a number, and an endpoint that leads to `url`. */
export async function endpointTo(url: string, types: string[], columns: Record<string, unknown> = {}) {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	const number = await createNumber(sql, env, { organizationId });
	const [endpoint] = await sql<{ id: string }[]>`
		insert into public.webhook_endpoints ${sql({ organization_id: organizationId, url, event_types: types, ...columns })}
		returning id`;
	const [made] = await sql<{ secret: string }[]>`select private.add_webhook_secret(${endpoint!.id}) as secret`;
	onTestFinished(async () => {
		await sql`delete from public.webhook_endpoints where id = ${endpoint!.id}`;
	});
	return { owner, organizationId, number, id: endpoint!.id, secret: made!.secret };
}
