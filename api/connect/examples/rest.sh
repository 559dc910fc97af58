curl -sS --fail-with-body -H "Authorization: Bearer $his" -H 'Content-Type: application/json' \
  http://127.0.0.1:8080/api/v1/admissions -d '{
    "facility": "GKB29", "visit": "26-0202", "admitted_at": "2026-03-12T08:45:00+03:00", "emergency": true,
    "ward": "T1", "diagnosis": "S72.0",
    "patient": {"identified": true, "mrn": "900202", "family": "Орлова", "given": "Вера", "birth_date": "1941-02-03"},
    "contacts": [{"relation": "daughter", "given": "Ольга", "phones": ["+7 495 000-02-02"]}]}'
