#!/bin/bash
# bulkhead doctor on the hosts of hosts/pam, against what really happens there.
. "$(dirname "$0")/corpus.bash"
corpus_run pam "$@"
