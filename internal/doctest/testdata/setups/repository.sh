# What of the repository pages name by its path, with the port that acc-1 has.
cp -r "$ROOT/examples" "$ROOT/integrations" .
sed -i 's/"port": [0-9]*/"port": 2201/' examples/curl/manifest.json
