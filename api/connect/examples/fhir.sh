curl -sS --fail-with-body -H "Authorization: Bearer $his" -H 'Content-Type: application/fhir+json' \
  http://127.0.0.1:8080/fhir/Encounter -d '{
    "resourceType": "Encounter", "status": "in-progress",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
    "identifier": [{"system": "https://his.example/visit", "value": "26-0204"}],
    "period": {"start": "2026-03-12T08:45:00+03:00"}, "serviceProvider": {"identifier": {"value": "GKB29"}},
    "subject": {"reference": "#p"},
    "contained": [{"resourceType": "Patient", "id": "p", "identifier": [{"value": "900204"}],
      "name": [{"family": "Зимина", "given": ["Анна", "Львовна"]}], "birthDate": "1950-11-30"}]}'
