# acc-1 is well again.
curl -X PUT http://127.0.0.1:8500/switches/acc-1/faults -d '{}'
curl -X POST http://127.0.0.1:8500/switches/acc-1/drop
