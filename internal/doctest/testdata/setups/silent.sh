# acc-1 takes connections and never speaks.
curl -X PUT http://127.0.0.1:8500/switches/acc-1/faults -d '{"silent": true}'
curl -X POST http://127.0.0.1:8500/switches/acc-1/drop
