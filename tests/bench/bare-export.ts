import postgres from 'postgres';

/** The floor of an export: the same rows, a thousand at a time, as whole rows and as JSON. */
export function bareDatabase(url: string) {
	const sql = postgres(url, { max: 1, prepare: false, fetch_types: false, onnotice() {} });
	const encoder = new TextEncoder();
	return {
		/** Answers how many bytes. */
		async export(organizationId: string): Promise<number> {
			let bytes = 0;
			for (let before = 'ffffffff-ffff-ffff-ffff-ffffffffffff'; ;) {
				const rows = await sql<{ row: { id: string } }[]>`
					select to_jsonb(v) as row from public.verifications v
					where v.organization_id = ${organizationId} and v.id < ${before}
					order by v.id desc limit 1000`;
				bytes += encoder.encode(JSON.stringify(rows.map(({ row }) => row))).length;
				if (rows.length < 1000) return bytes;
				before = rows.at(-1)!.row.id;
			}
		},
		end: () => sql.end()
	};
}
