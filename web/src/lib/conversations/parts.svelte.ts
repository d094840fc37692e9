import type { Component } from 'svelte';
import type AttachmentList from './AttachmentList.svelte';
import type ComingUp from './ComingUp.svelte';
import type FailureNote from './FailureNote.svelte';
import type NoteSlip from './NoteSlip.svelte';
import type RevealCode from './RevealCode.svelte';
import type UndoSend from './UndoSend.svelte';

/** What some conversations show and most do not. */
type Parts = {
	AttachmentList: typeof AttachmentList;
	ComingUp: typeof ComingUp;
	FailureNote: typeof FailureNote;
	NoteSlip: typeof NoteSlip;
	RevealCode: typeof RevealCode;
	UndoSend: typeof UndoSend;
};

export type PartName = keyof Parts;

const loaders: { [Name in PartName]: () => Promise<{ default: Parts[Name] }> } = {
	AttachmentList: () => import('./AttachmentList.svelte'),
	ComingUp: () => import('./ComingUp.svelte'),
	FailureNote: () => import('./FailureNote.svelte'),
	NoteSlip: () => import('./NoteSlip.svelte'),
	RevealCode: () => import('./RevealCode.svelte'),
	UndoSend: () => import('./UndoSend.svelte')
};

let loaded = $state.raw<Partial<Parts>>({});

/** Has parts ready for the page that is rendered next, on the server as in the browser. */
export async function loadParts(names: Iterable<PartName>): Promise<void> {
	await Promise.all(Array.from(names, loadPart));
}

async function loadPart(name: PartName): Promise<void> {
	if (loaded[name]) return;
	const { default: part }: { default: Component<never> } = await loaders[name]();
	loaded = { ...loaded, [name]: part };
}

/** A part, or nothing while it is on its way: asking has it loaded. Reactive. */
export function part<Name extends PartName>(name: Name): Parts[Name] | undefined {
	const found = loaded[name];
	// without a connection the next that asks tries again
	if (!found) void loadPart(name).catch(() => undefined);
	return found;
}
