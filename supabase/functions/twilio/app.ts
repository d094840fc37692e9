import { Hono, type Context } from 'hono';
import type { Database } from '../_shared/database.ts';
import { Failure } from '../_shared/core/failures.ts';
import { isSender } from '../_shared/core/sender.ts';
import { readForm, type Form } from '../_shared/http/form.ts';
import type { Log } from '../_shared/http/log.ts';
import { answerErrors, problem } from '../_shared/http/problem.ts';
import { requestId, type WithRequestId } from '../_shared/http/request-id.ts';
import { accountOf, carrier, payloadOf, readInbound, readReceipt } from '../_shared/webhooks/twilio.ts';
import { countRefused } from '../_shared/webhooks/refused.ts';
import { settingsOf, type Environment } from './settings.ts';
import { refuseSignature } from './signature.ts';

export type Parts = { env: Environment; database: Database; log: Log };

type Asked = Context<WithRequestId>;

const largestBody = 64 * 1024;

/**
 * What Twilio tells us: `POST /twilio/inbound` and `POST /twilio/status`. A request is answered 2xx only once it is
 * stored; the carrier repeats what was answered 5xx, and everything here is safe to repeat.
 */
export function createApp({ env, database, log }: Parts): Hono<WithRequestId> {
	const settings = settingsOf(env);
	const refused = countRefused('twilio', { record: database.noteRefusedEvents, log });
	const app = new Hono<WithRequestId>().basePath('/twilio');
	app.use(requestId(log));
	app.onError(answerErrors(log));
	app.notFound(() => problem('not_found'));

	app.post('/inbound', async (c) => {
		const form = await readSigned(c, settings.inboundUrl);
		const text = readInbound(form);
		if (isForeign(form)) return keepForeign(c, 'message', text.carrierMessageId, form);
		if (!isSender(text.from)) {
			const key = `message:${text.carrierMessageId}`;
			await keep(c, key, 'message', 'unsupported_sender', form);
			return thanks(c);
		}
		const { outcome } = await database.receiveMessage(text);
		log('inbound', { request_id: c.var.requestId, message_sid: text.carrierMessageId, outcome });
		return thanks(c);
	});

	app.post('/status', async (c) => {
		const form = await readSigned(c, settings.statusUrl);
		const receipt = readReceipt(form, c.req.query('message'));
		const { carrierMessageId, carrierStatus, errorCode } = receipt;
		if (isForeign(form)) return keepForeign(c, 'receipt', `${carrierMessageId}:${carrierStatus}`, form);
		const { outcome } = await database.recordReceipt(receipt);
		const said = { message_sid: carrierMessageId, status: carrierStatus, error_code: errorCode, outcome };
		log('status', { request_id: c.var.requestId, ...said });
		return thanks(c);
	});

	/** The form of a request that Twilio signed for this door; everything else ends here. */
	async function readSigned(c: Context, publicUrl: string | undefined): Promise<Form> {
		const form = await readForm(c.req.raw, largestBody);
		const signature = c.req.header('x-twilio-signature');
		const reason = refuseSignature({ publicUrl, requestUrl: c.req.url, signature, form }, settings.authTokens);
		if (reason === null) return form;
		refused(reason, c);
		throw new Failure('signature_invalid');
	}

	function isForeign(form: Form): boolean {
		const account = accountOf(form);
		return account !== null && account !== settings.accountSid;
	}

	/** Another account's event is kept and thanked for: nobody learns from our answer which accounts are ours. */
	async function keepForeign(c: Asked, kind: string, key: string, form: Form): Promise<Response> {
		await keep(c, `foreign:${kind}:${key}`, kind, 'foreign_account', form);
		return thanks(c);
	}

	async function keep(c: Asked, key: string, kind: string, outcome: string, form: Form): Promise<void> {
		await database.recordEvent({ provider: carrier, key, kind, outcome, payload: payloadOf(form) });
		log(outcome, { request_id: c.var.requestId, kind });
	}

	return app;
}

/** TwiML that does nothing: no automatic answer. */
function thanks(c: Context): Response {
	return c.body('<Response/>', 200, { 'content-type': 'text/xml' });
}
