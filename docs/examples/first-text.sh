curl --fail-with-body --silent --show-error "$API_URL/v1/messages" \
  --header "Authorization: Bearer $API_KEY" \
  --header "Idempotency-Key: table-7-ready" \
  --json "{\"from\": \"$FROM\", \"to\": \"$TO\", \"body\": \"Your table is ready.\"}"
