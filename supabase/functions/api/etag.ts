/** The revision that an `If-None-Match` names, of what changes by revisions. */
export function revisionOf(tag: string | undefined): number | undefined {
	const [, revision] = /^(?:W\/)?"(\d{1,15})"$/.exec(tag ?? '') ?? [];
	return revision === undefined ? undefined : Number(revision);
}
