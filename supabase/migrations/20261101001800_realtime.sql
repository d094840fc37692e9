-- Hints to open pages: which row changed, never what it says. Rows are read through RLS.

create function private.hint_message() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
	perform realtime.send(
		jsonb_build_object('id', new.id, 'conversation_id', new.conversation_id, 'seq', new.seq, 'revision', new.revision),
		'message', 'conversation:' || new.conversation_id, true);
	perform private.hint_list(new.conversation_id, new.phone_number_id, new.revision);
	return null;
end
$$;

create trigger hint_new_message after insert on public.messages
	for each row execute function private.hint_message();
create trigger hint_changed_message after update on public.messages
	for each row when (old.revision <> new.revision) execute function private.hint_message();

-- Who may listen and who may send: decided at join and at every token refresh.
create policy "those with access can listen" on realtime.messages for select to authenticated
	using (
		extension in ('broadcast', 'presence')
		and (select private.can_read_topic((select realtime.topic()))));
create policy "colleagues can show typing and presence" on realtime.messages for insert to authenticated
	with check (
		extension in ('broadcast', 'presence')
		and (select private.can_write_topic((select realtime.topic()))));
