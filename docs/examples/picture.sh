# put it up: the body is the file itself
attachment=$(curl --fail-with-body --silent --show-error "$API_URL/v1/attachments" \
  --url-query "from=$FROM" --url-query "to=$TO" --url-query "name=table.jpg" \
  --header "Authorization: Bearer $API_KEY" \
  --header "Content-Type: image/jpeg" \
  --data-binary "@$PICTURE") || { printf '%s\n' "$attachment" >&2; exit 1; }
id=$(printf %s "$attachment" | sed 's/.*"id":"\([0-9a-f-]*\)".*/\1/')

# and send it
curl --fail-with-body --silent --show-error "$API_URL/v1/messages" \
  --header "Authorization: Bearer $API_KEY" \
  --json "{\"from\": \"$FROM\", \"to\": \"$TO\", \"body\": \"Your table.\", \"attachment_ids\": [\"$id\"]}"
