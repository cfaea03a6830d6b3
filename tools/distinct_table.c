/*
 * The statements about distinct realms, a row each; docs/distinct.md has the
 * same ones.
 */
#include "tools/distinct.h"

const struct statement statements[] = {
    {"D1", "No authenticator is enrolled in both realms", "NIST CP-9(7)",
	IN_BACKUP, distinct_shared,
	"one phone or token device that holds entries of both realms; its "
	"owner shows it"},
    {"D2", "Passwords differ between realms", "PCI 8.2.3", IN_BACKUP,
	distinct_passwords,
	"what people write down; they say so in an interview"},
    {"D3", "Account names of backup are not those of production", "PCI 8.2.1",
	IN_BACKUP, NULL,
	"a manifest's account names are shown at its import and not kept; a "
	"backup administrator compares the two lists"},
    {"D4", "There are two backup administrators at least", "NIST AC-5",
	IN_BACKUP, distinct_persons,
	"who administers production as well; the organisation's list of roles "
	"says"},
    {"D5", "No directory of production decides about accounts here",
	"NIST CP-9(7)", IN_BACKUP, distinct_directories,
	"whose directory it is, where one is meant for the backup realm "
	"alone"},
    {"D6", "No SSH key or CA of production is accepted here", "NIST CP-9(7)",
	IN_BACKUP, distinct_keys,
	"keys that no imported manifest lists, and AuthorizedKeysCommand"},
    {"D7", "Production holds nothing that logs in to backup", "NIST CP-9(7)",
	IN_BOTH, distinct_privates_here,
	"agents, password managers and other hosts; and which keys backup "
	"accepts: a backup administrator compares the fingerprints there"},
    {"D8", "Backups are pulled, or pushed where nothing can be deleted",
	"NIST CP-9(8)", IN_BACKUP, NULL,
	"what a pusher's channel can destroy; a backup administrator shows it "
	"by a trial in a laboratory"},
    {"D9", "No management agent of production acts on this host",
	"NIST CP-9(7)", IN_BACKUP, distinct_management,
	"agents under other names, out-of-band controllers and storage "
	"networks; who runs them shows it"},
    {"D10", "Seed and ledger keys differ per realm and host", "PCI 8.3.2",
	IN_BOTH, distinct_key_file,
	"copies of the key and of the disk; who keeps them says where they "
	"are"},
    {"D11", "Enrolment needs two named people", "PCI 8.3.3", IN_BACKUP,
	distinct_two_people,
	"whether they know whom they enrol; they say so in an interview"},
    {"D12", "Deleting backups needs two people", "NIST CP-9(7)", IN_BACKUP,
	NULL,
	"who can delete by which way; the backup administrators show the "
	"procedure and its log"},
    {"D13", "Nobody can delete during retention", "NIST CP-9(8)", IN_BACKUP,
	NULL,
	"the storage's own locks; its vendor's console or a trial deletion "
	"shows them"},
    {"D14", "Logins to backup come from its own networks alone", "PCI 8.4.1",
	IN_BACKUP, distinct_sources,
	"whose the networks are; the network plan says"},
    {"D15",
	"sudo and su ask for the factor of this realm, root does not log "
	"in",
	"PCI 8.4.1", IN_BACKUP, distinct_elevation,
	"other programs that run as root for a user; doctor looks for them"},
    {"D16", "The backup agent on production can't read or delete backups",
	"NIST CP-9(8)", IN_BOTH, NULL,
	"what the agent's key can do on the vault; a backup administrator "
	"shows it by a trial"},
    {"D17", "Each realm has its own emergency access, tested", "PCI 8.5.1",
	IN_BOTH, NULL,
	"sealed envelopes and the dates of trials; who keeps them shows the "
	"register"},
    {"D18", "An offline or immutable copy is young and was restored",
	"NIST CP-9(1)", IN_BACKUP, NULL,
	"media and trials; the backup administrators show the last one's "
	"record"},
    {"D19", "Each realm's ledger is witnessed elsewhere", "PCI 10.3.4", IN_BOTH,
	NULL,
	"where checkpoints are kept; who keeps them runs 'bulkhead ledger "
	"verify --checkpoint' with one"},
    {"D20", "Production can't move this host's clock", "PCI 10.6.2", IN_BACKUP,
	distinct_time,
	"who runs a time source that is named; its administrator says"},
    {"D21", "Recovery paths are not shared", "PCI 8.3.3", IN_BOTH, NULL,
	"mail, help desk and password managers; who runs them says"},
    {"T1", "A fresh manifest of production is in force", NULL, IN_BACKUP,
	distinct_manifest,
	"hosts of production that never sent one; the inventory names them"},
    {"T2", "No private key here opens production", NULL, IN_BACKUP,
	distinct_privates, "agents, and keys that no imported manifest lists"},
    {"T3", "No SSH agent is forwarded", NULL, IN_BOTH, distinct_forwarding,
	"agents forwarded on other hosts, by the client's own options"},
    {"T4", "No host is trusted by its name", NULL, IN_BOTH, distinct_rhosts,
	NULL},
    {"T5", "No host-based authentication", NULL, IN_BOTH, distinct_hostbased,
	NULL},
    {"T6", "No agent of a cloud or hypervisor acts on this host", NULL,
	IN_BACKUP, distinct_guest_agents,
	"the hypervisor itself; who runs it shows who may use it"},
    {"T7", "No NFS export lets another host's root write", NULL, IN_BOTH,
	distinct_exports, "exports of other file servers"},
    {"T8", "No sudo rule comes from a directory", NULL, IN_BOTH,
	distinct_sudo_directory, NULL},
};
const size_t n_statements = nitems(statements);
