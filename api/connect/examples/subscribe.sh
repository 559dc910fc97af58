root=$(marshrut token --data sandbox --user root --role admin --hospital GKB29)
hook=$(curl -sS --fail-with-body -H "Authorization: Bearer $root" -H 'Content-Type: application/json' \
  http://127.0.0.1:8080/api/v1/webhooks -d '{
    "name": "Register", "url": "http://127.0.0.1:8099/hook", "hospitals": ["GKB29"],
    "types": ["marshrut.case.opened.v1", "marshrut.case.closed.v1"]}')
value() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
SECRET=$(value secret <<< "$hook") python3 receiver.py &
sleep 2
