curl -sS --fail-with-body -H "Authorization: Bearer $his" -H 'Content-Type: application/json' \
  http://127.0.0.1:8080/api/v1/referrals -d '{"facility": "GKB29", "sentence": "Дома остался кот"}'
