/** What files in conversations may be: kinds, sizes, names. For pages, too, so it knows nothing of bytes. */

export const mediaTypes = [
	'image/jpeg',
	'image/png',
	'image/gif',
	'image/webp',
	'application/pdf',
	'text/vcard',
	'video/mp4',
	'video/3gpp',
	'text/plain'
] as const;
export type MediaType = (typeof mediaTypes)[number];

/** In bytes: a file, all files of a text that goes to a carrier, and a picture that carriers pass. */
export const mediaLimits = { file: 25 * 1024 * 1024, mms: 5 * 1024 * 1024, picture: 500_000, perMessage: 10 } as const;

/** Kinds that carriers pass on (twilio.com/docs/messaging/guides/accepted-mime-types); pictures of other kinds are drawn anew. */
const carried: ReadonlySet<string> = new Set<MediaType>([
	'image/jpeg',
	'image/png',
	'image/gif',
	'application/pdf',
	'text/vcard',
	'video/mp4',
	'video/3gpp'
]);

/** What a file's name ends in, the usual one first. */
const endings: Readonly<Record<MediaType, readonly string[]>> = {
	'image/jpeg': ['.jpg', '.jpeg'],
	'image/png': ['.png'],
	'image/gif': ['.gif'],
	'image/webp': ['.webp'],
	'application/pdf': ['.pdf'],
	'text/vcard': ['.vcf', '.vcard'],
	'video/mp4': ['.mp4', '.m4v', '.mov'],
	'video/3gpp': ['.3gp', '.3gpp', '.3g2'],
	'text/plain': ['.txt', '.log', '.csv', '.md']
};

export type AttachmentStatus = 'pending' | 'ready' | 'refused' | 'expected' | 'missing';

/** A row of `api.attachments`. */
export type Attachment = {
	id: string;
	conversation_id: string;
	/** Null while it is put up and not sent. */
	message_id: string | null;
	/** The text that it goes with later. */
	scheduled_id: string | null;
	/** When its bytes had arrived; null while they have not. */
	uploaded_at: string | null;
	uploader_id: string | null;
	position: number;
	name: string;
	/** By its bytes; null while nobody has looked. */
	type: MediaType | null;
	/** In bytes. */
	size: number | null;
	width: number | null;
	height: number | null;
	status: AttachmentStatus;
	/** A slug of `failures.ts`. */
	reason: string | null;
	created_at: string;
};

export function isMediaType(type: string): type is MediaType {
	return (mediaTypes as readonly string[]).includes(type);
}

/** Whether a carrier takes a file of this kind. */
export function isCarried(type: string): boolean {
	return carried.has(type);
}

/** Kinds that a page may show as they are: pictures of points, which can do nothing. */
export function isPicture(type: string | null): boolean {
	return type?.startsWith('image/') ?? false;
}

/** The usual ending of a kind's names, with its dot. */
export function endingOf(type: MediaType): string {
	return endings[type][0] ?? '';
}

/** What a file is saved as: its name, with an ending that says what it is. */
export function nameToSave(name: string, type: MediaType): string {
	const lower = name.toLowerCase();
	return endings[type].some((ending) => lower.endsWith(ending)) ? name : name + endingOf(type);
}

/** A size for people: '7 bytes', '240 kB', '1.4 MB'. */
export function displaySize(bytes: number): string {
	if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
	if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
	return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Countries that share +1 with the United States and Canada, and have no MMS with them. As private.can_carry_media. */
const otherNorthAmerica = /^\+1(242|246|264|268|284|345|441|473|649|658|664|721|758|767|784|809|829|849|868|869|876)/;

/** Whether pictures can travel between two numbers (E.164): in the United States and Canada alone. */
export function canCarryMedia(ours: string | null, theirs: string | null): boolean {
	return [ours, theirs].every(
		(number) => number !== null && /^\+1[2-9]\d{9}$/.test(number) && !otherNorthAmerica.test(number)
	);
}
