/** What the database says about itself. */
import type { TransactionSql } from 'postgres';

export type Relation = {
	schema: string;
	name: string;
	/** `public.messages` */
	label: string;
	kind: 'table' | 'view';
	columns: string[];
};

export type Routine = {
	schema: string;
	name: string;
	/** `api.me(slug text)` */
	label: string;
	/** `me(text)`: the same for a door and its namesake */
	signature: string;
	/** names and types in order */
	parameters: { name: string; type: string }[];
};

/** Every table and view of our schemas. */
export async function relations(tx: TransactionSql): Promise<Relation[]> {
	return tx<Relation[]>`
		select n.nspname as schema, c.relname as name, format('%I.%I', n.nspname, c.relname) as label,
			case when c.relkind in ('r', 'p') then 'table' else 'view' end as kind,
			array(
				select a.attname::text from pg_attribute a
				where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns
		from pg_class c
		join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('public', 'api', 'service', 'private') and c.relkind in ('r', 'p', 'v', 'm', 'f')
		order by 3`;
}

/** Every function of our schemas. */
export async function routines(tx: TransactionSql): Promise<Routine[]> {
	return tx<Routine[]>`
		select n.nspname as schema, p.proname as name, format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)) as signature,
			format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as label,
			(
				select coalesce(jsonb_agg(jsonb_build_object('name', p.proargnames[i], 'type', format_type(t, null)) order by i), '[]')
				from unnest(p.proargtypes::oid[]) with ordinality as a (t, i)
			) as parameters
		from pg_proc p
		join pg_namespace n on n.oid = p.pronamespace
		where n.nspname in ('public', 'api', 'service', 'private')
		order by 4`;
}
