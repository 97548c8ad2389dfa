# acc-1 has another host key.
curl -X PUT http://127.0.0.1:8500/switches/acc-1/faults -d '{"changedHostKey": "other"}'
curl -X POST http://127.0.0.1:8500/switches/acc-1/drop
