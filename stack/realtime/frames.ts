/**
 * The wire, in both versions that realtime-js speaks.
 * 2.0.0: text `[join_ref, ref, topic, event, payload]`; a client's broadcast is a binary frame of kind 3, ours of kind 4.
 * 1.0.0: text `{topic, event, payload, ref, join_ref}` for everything.
 */
export type Version = '1.0.0' | '2.0.0';

/** A client's broadcast: the bytes are passed on as they came. `json` is false for bytes of the client's own kind. */
export type Broadcast = {
	event: string;
	json: boolean;
	payload: Buffer;
	meta: { id: string; replayed?: boolean } | null;
};

export type Message = {
	joinRef: string | null;
	ref: string | null;
	topic: string;
	event: string;
	payload: Record<string, unknown>;
	broadcast: Broadcast | null;
	/** what a binary broadcast asks of the server beside its payload */
	meta?: Record<string, unknown>;
};

/** What goes onto a socket. */
export type Frame = { data: Buffer; binary: boolean };

/** A frame that follows neither version: the socket is closed. */
export class MalformedFrame extends Error {}

const push = 3;
const userBroadcast = 4;

/**
 * Reads one frame from a client.
 * @throws MalformedFrame
 */
export function read(version: Version, data: Buffer, binary: boolean): Message {
	if (binary) return readPush(data);
	let value: unknown;
	try {
		value = JSON.parse(data.toString('utf8'));
	} catch {
		throw new MalformedFrame('not JSON');
	}
	const [joinRef, ref, topic, event, payload] =
		version === '2.0.0' && Array.isArray(value) ? (value as unknown[]) : fields(value);
	if (typeof topic !== 'string' || typeof event !== 'string') throw new MalformedFrame('no topic or event');
	const body = isRecord(payload) ? payload : {};
	const broadcast =
		event === 'broadcast' && typeof body.event === 'string'
			? { event: body.event, json: true, payload: Buffer.from(JSON.stringify(body.payload ?? {})), meta: null }
			: null;
	return { joinRef: text(joinRef), ref: text(ref), topic, event, payload: body, broadcast };
}

/** `[3, joinRef, ref, topic, event, meta lengths, encoding]` and then those fields and the payload. */
function readPush(data: Buffer): Message {
	if (data[0] !== push || data.length < 7) throw new MalformedFrame('not a broadcast');
	let offset = 7;
	const [joinRef = '', ref = '', topic = '', event = '', meta = ''] = [1, 2, 3, 4, 5].map((at) => {
		const start = offset;
		offset += data[at] ?? 0;
		return data.toString('utf8', start, offset);
	});
	if (offset > data.length) throw new MalformedFrame('shorter than its header says');
	const broadcast = { event, json: data[6] === 1, payload: data.subarray(offset), meta: null };
	return {
		joinRef: joinRef || null,
		ref: ref || null,
		topic,
		event: 'broadcast',
		payload: {},
		broadcast,
		meta: readMeta(meta)
	};
}

function readMeta(text: string): Record<string, unknown> {
	if (text === '') return {};
	try {
		const value: unknown = JSON.parse(text);
		return isRecord(value) ? value : {};
	} catch {
		throw new MalformedFrame('metadata that is not JSON');
	}
}

/** Writes anything but a broadcast. */
export function write(
	version: Version,
	{ joinRef, ref, topic, event, payload }: Omit<Message, 'broadcast' | 'meta'>
): Frame {
	const value =
		version === '2.0.0' ? [joinRef, ref, topic, event, payload] : { topic, event, payload, ref, join_ref: joinRef };
	return { data: Buffer.from(JSON.stringify(value)), binary: false };
}

/**
 * Writes a broadcast for everybody on a topic: binary in 2.0.0, text where a field is longer than its length byte can say.
 * @returns null when this version cannot carry it (bytes in 1.0.0)
 */
export function writeBroadcast(version: Version, topic: string, broadcast: Broadcast): Frame | null {
	if (version === '2.0.0') {
		const header = [topic, broadcast.event, broadcast.meta ? JSON.stringify(broadcast.meta) : ''].map((field) =>
			Buffer.from(field)
		);
		const lengths = header.map((field) => field.length);
		if (lengths.every((length) => length <= 255)) {
			const kind = Buffer.from([userBroadcast, ...lengths, broadcast.json ? 1 : 0]);
			return { data: Buffer.concat([kind, ...header, broadcast.payload]), binary: true };
		}
	}
	if (!broadcast.json) return null;
	const { event, meta } = broadcast;
	const payload = { type: 'broadcast', event, payload: parse(broadcast.payload), ...(meta ? { meta } : {}) };
	return write(version, { joinRef: null, ref: null, topic, event: 'broadcast', payload });
}

function parse(payload: Buffer): unknown {
	try {
		return JSON.parse(payload.toString('utf8')) as unknown;
	} catch {
		throw new MalformedFrame('a payload that says it is JSON and is not');
	}
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : null);

function fields(value: unknown): unknown[] {
	if (!isRecord(value)) throw new MalformedFrame('neither version');
	return [value.join_ref, value.ref, value.topic, value.event, value.payload];
}
