mllp_send --loose --file a01.hl7 --port 2575 127.0.0.1
