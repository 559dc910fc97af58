curl -sS --fail-with-body -H "Authorization: Bearer $his" -H 'Content-Type: x-application/hl7-v2+er7' \
  http://127.0.0.1:8080/hl7v2 --data-binary @a01.hl7
