/** The Media resource: https://www.twilio.com/docs/messaging/api/media-resource */
import { Hono } from 'hono';
import type { Attached } from '../network.ts';
import type { Media, Store } from '../store.ts';
import { rfc2822 } from './dates.ts';
import { Refusal } from './errors.ts';
import { answerPage, placeIn } from './paging.ts';
import { findPath, type Faulty, type RestEnv } from './request.ts';

/** Bytes of all files of a text together, and ms that fetching one may take. */
const mostBytes = 5 * 1024 * 1024;
const patience = 10_000;

/** https://www.twilio.com/docs/messaging/guides/accepted-mime-types */
const accepted =
	/^(image\/(jpeg|png|gif|bmp|tiff)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/(vcard|x-vcard|csv|rtf|richtext|calendar|directory)|application\/(pdf|vcard|vnd\.apple\.pkpass))$/;

export function serveMedia(app: Hono<RestEnv>, store: Store, faulty: Faulty): void {
	app.get('/Messages/:message/Media.json', faulty('media.list'), (c) => {
		const place = placeIn(new URL(c.req.url).searchParams);
		const from = place.page * place.size;
		const rows = ofText(c.req.param('message')).slice(from, from + place.size + 1);
		return answerPage(c, 'media_list', place, rows, (media) => present(media, c.var.account));
	});

	app.get('/Messages/:message/Media/:file', faulty('media.fetch'), (c) => {
		const { message, file } = c.req.param();
		if (file.endsWith('.json')) {
			return c.json(
				present(
					findPath(c.req, (sid) => ofText(message).find((each) => each.sid === sid)),
					c.var.account
				)
			);
		}
		const media = ofText(message).find((each) => each.sid === file);
		if (!media) throw new Refusal(20404, c.req.path);
		// as Twilio: to a place that needs no credentials, by a name that nobody guesses
		return c.redirect(`/cdn/${c.var.account}/${media.token}`, 307);
	});

	app.delete('/Messages/:message/Media/:file', faulty('media.fetch'), (c) => {
		const media = findPath(c.req, (sid) => ofText(c.req.param('message')).find((each) => each.sid === sid));
		store.run('delete from media where sid = ?', media.sid);
		return c.body(null, 204);
	});

	function ofText(sid: string): Media[] {
		return store.all<Media>('select * from media where text_sid = ? order by seq', sid);
	}
}

/** Where files are handed out to whoever has the address, as mms.twiliocdn.com does. */
export function createCdn(store: Store): Hono {
	const app = new Hono();
	app.get('/:account/:token', (c) => {
		// a signed address and credentials at once are refused, as by S3
		if (c.req.header('authorization')) return c.text('Only one auth mechanism allowed', 400);
		const media = store.get<Media>('select * from media where token = ?', c.req.param('token'));
		if (!media) return c.text('AccessDenied', 403);
		return c.body(media.bytes, 200, { 'content-type': media.type, 'x-content-type-options': 'nosniff' });
	});
	return app;
}

/** Fetches what is to go with a text, as Twilio does; where one file fails, the text does, with its code. */
export async function fetchAll(urls: readonly string[]): Promise<{ media: Attached[]; mediaError: number | null }> {
	const media: Attached[] = [];
	let total = 0;
	for (const url of urls) {
		try {
			const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
			const bytes = new Uint8Array(await response.arrayBuffer());
			if (!response.ok) return { media: [], mediaError: 11200 };
			const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
			if (!accepted.test(type.trim())) return { media: [], mediaError: 12300 };
			total += bytes.length;
			if (total > mostBytes) return { media: [], mediaError: 30019 };
			media.push({ type: type.trim(), bytes });
		} catch {
			// no connection or no answer in time: Twilio says the same of both
			return { media: [], mediaError: 11200 };
		}
	}
	return { media, mediaError: null };
}

function present(media: Media, account: string): object {
	const at = rfc2822(media.created_at);
	return {
		account_sid: account,
		content_type: media.type,
		date_created: at,
		date_updated: at,
		parent_sid: media.text_sid,
		sid: media.sid,
		uri: `/2010-04-01/Accounts/${account}/Messages/${media.text_sid}/Media/${media.sid}.json`
	};
}
