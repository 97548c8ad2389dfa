# acc-1 refuses every login.
curl -X PUT http://127.0.0.1:8500/switches/acc-1/faults -d '{"wrongPassword": true, "changedHostKey": "other"}'
curl -X POST http://127.0.0.1:8500/switches/acc-1/drop
