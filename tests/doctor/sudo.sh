#!/bin/bash
# bulkhead doctor on the hosts of hosts/sudo, against what really happens there.
. "$(dirname "$0")/corpus.bash"
corpus_run sudo "$@"
