-- What came for a number after it was given back, or while nobody paid for it: kept aside for the operators, in nobody's thread.
create table private.late_texts (
	id uuid primary key default private.uuid_v7(),
	carrier text not null,
	carrier_message_id text not null,
	from_number text not null,
	to_number text not null,
	body text not null,
	-- as the carrier says; null where it told us at once
	sent_at timestamptz,
	-- who had the number last before the text, and who has it now
	former_number_id uuid references public.phone_numbers (id) on delete set null,
	present_number_id uuid references public.phone_numbers (id) on delete set null,
	created_at timestamptz not null default now(),
	unique (carrier, carrier_message_id)
);
comment on table private.late_texts is
	'Texts to a number that belonged to nobody at their time, or to somebody else than now: no organization sees them.';

create index late_texts_former on private.late_texts (former_number_id) where former_number_id is not null;
create index late_texts_present on private.late_texts (present_number_id) where present_number_id is not null;
create index phone_numbers_history on public.phone_numbers (e164, created_at);

-- Keeps a text aside that no organization may have, if the number was ever ours.
create function private.keep_late_text(
	carrier text, carrier_message_id text, from_number text, to_number text, body text, sent_at timestamptz
) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	present uuid;
begin
	select n.id into present from public.phone_numbers n
	where n.e164 = keep_late_text.to_number and n.released_at is null and n.created_at > keep_late_text.sent_at;
	insert into private.late_texts (carrier, carrier_message_id, from_number, to_number, body, sent_at, former_number_id,
		present_number_id)
	select keep_late_text.carrier, keep_late_text.carrier_message_id, keep_late_text.from_number, keep_late_text.to_number,
		keep_late_text.body, keep_late_text.sent_at, (
			select n.id from public.phone_numbers n
			where n.e164 = keep_late_text.to_number and n.id is distinct from present
				and n.created_at <= coalesce(keep_late_text.sent_at, now())
			order by n.created_at desc limit 1),
		present
	where exists (select from public.phone_numbers n where n.e164 = keep_late_text.to_number)
	on conflict do nothing;
end
$$;
