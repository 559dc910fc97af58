export PATH="$PWD/.venv/bin:$PATH"
MARSHRUT_WEBHOOK_HOSTS=127.0.0.1 marshrut up --data sandbox
