curl -sS --fail-with-body -H "Authorization: Bearer $his" \
  'http://127.0.0.1:8080/fhir/Task?status=requested&_count=20'
