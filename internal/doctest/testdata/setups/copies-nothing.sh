# acc-1 holds every session and copies nothing.
curl -X PUT http://127.0.0.1:8500/switches/acc-1/faults -d '{"mirrorsNothing": true}'
curl -X POST http://127.0.0.1:8500/switches/acc-1/drop
