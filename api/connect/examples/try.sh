curl -sS --fail-with-body -X POST -H "Authorization: Bearer $root" \
  "http://127.0.0.1:8080/api/v1/webhooks/$(value id <<< "$hook")/test"
