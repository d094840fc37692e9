import { loadParts, type PartName } from '#lib/conversations/parts.svelte.ts';
import type { PageLoad } from './$types';

/** What this conversation shows beside its words is loaded with the page: nothing moves when it comes. */
export const load: PageLoad = async ({ data }) => {
	const names = new Set<PartName>();
	for (const { attachment_count, status, error_code, code_masked } of data.messages) {
		if (attachment_count > 0) names.add('AttachmentList');
		if (code_masked) names.add('RevealCode');
		if (status === 'failed' || error_code !== null) names.add('FailureNote');
	}
	if (data.noted.notes.length > 0) names.add('NoteSlip');
	await loadParts(names);
	return data;
};
