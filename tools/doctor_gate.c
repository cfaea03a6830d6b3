/*
 * The gate itself: what the daemon says of its clock, ledger, store and
 * manifests; the rest lies in files of its own.
 */
#include "tools/doctor_gate.h"

#include "core/clock.h"
#include "core/host/textfile.h"
#include "tools/client.h"
#include "tools/manifest.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEMD_FOLDER "/run/systemd/system"
#define ANCHOR_TAG     "bulkhead-anchor-v1"

bool
doctor_systemd(void)
{
	struct stat st;

	return lstat(SYSTEMD_FOLDER, &st) == 0 && S_ISDIR(st.st_mode);
}

const char *
doctor_text(char text[FIX_LINE], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, FIX_LINE, fmt, ap);
	va_end(ap);
	return n >= 0 && n < FIX_LINE ? text : NULL;
}

bool
doctor_path_plain(const char *path)
{
	size_t i;

	for (i = 0; path[i] != '\0'; i++) {
		if (!isalnum((unsigned char)path[i]) &&
		    strchr("/._-+:@", path[i]) == NULL)
			return false;
	}
	return path[0] == '/';
}

bool
doctor_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	n = read(fd, text, size - 1);
	(void)close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	return true;
}

const char *
doctor_proc_value(const char *text, const char *key, char value[64])
{
	size_t len = strlen(key), n;

	value[0] = '\0';
	while (text != NULL) {
		if (strncmp(text, key, len) == 0 && text[len] == ':') {
			text += len + 1;
			text += strspn(text, " \t");
			n = strcspn(text, "\n");
			(void)snprintf(
			    value, 64, "%.*s", n < 63 ? (int)n : 63, text);
			return value;
		}
		text = strchr(text, '\n');
		text = text != NULL ? text + 1 : NULL;
	}
	return value;
}

bool
doctor_beside(const char *name, char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	if (n <= 0)
		return false;
	path[n] = '\0';
	if ((slash = strrchr(path, '/')) == NULL ||
	    (size_t)(slash - path) + strlen(name) + 2 > PATH_MAX)
		return false;
	memcpy(slash + 1, name, strlen(name) + 1);
	return true;
}

#define UNITS "bulkheadd-gate.socket bulkheadd-admin.socket bulkheadd.service"

const char *
doctor_start_fix(const struct doctor *d, char fix[FIX_LINE])
{
	char program[PATH_MAX];

	if (doctor_systemd())
		return "systemctl start " UNITS;
	if (!doctor_beside("bulkheadd", program) ||
	    !doctor_path_plain(program) ||
	    !doctor_path_plain(d->inv->config_path))
		return NULL;
	return doctor_text(fix,
	    "{ setsid %s -c %s </dev/null 2>/dev/null & } | grep -q ready",
	    program, d->inv->config_path);
}

const char *
doctor_restart_fix(const struct doctor *d, pid_t pid, char fix[FIX_LINE])
{
	char start[FIX_LINE];
	const char *text;

	if (doctor_systemd())
		return "systemctl restart bulkheadd.service";
	if ((text = doctor_start_fix(d, start)) == NULL)
		return NULL;
	return doctor_text(fix, "kill %d; tail --pid=%d -f /dev/null; %s",
	    (int)pid, (int)pid, text);
}

static void
look_at_clock(struct doctor *d, const json_t *status)
{
	const json_t *clock = json_object_get(status, "clock");
	uint64_t behind = reply_number(clock, "behind_s");
	struct now now;

	clock_read(&now);
	if (!now.synchronised ||
	    (status != NULL && !reply_flag(clock, "synchronised")))
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_WEAK,
			.id = "clock-free",
			.where = "the kernel's clock",
			.mend = "run chrony, ntpd or systemd-timesyncd with "
				"sources of this realm",
			.fix = doctor_systemd() ? "timedatectl set-ntp true"
						: NULL,
			.show = "timedatectl || chronyc tracking",
			.number = "PCI 10.6.1"},
		    "the clock is not synchronised: codes are judged by it, "
		    "and records carry it");
	if (behind > 0)
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_WEAK,
			.id = "clock-behind",
			.where = "the kernel's clock",
			.mend = "set the clock right; if it once ran ahead, "
				"say so",
			.fix = "bulkhead clock accept --reason 'it once ran "
			       "ahead'",
			.show = "bulkhead status",
			.number = "PCI 10.6.3"},
		    "the clock is %" PRIu64 " s behind the highest time seen: "
		    "ends of machine accounts are judged by that one",
		    behind);
}

/* The size and root that the anchor has; false: it is none. */
static bool
read_anchor(const char *path, uint64_t *sizep, char root[65])
{
	char *line, *rest, *word;
	unsigned int number;
	struct text *t;
	bool good = false;

	if (text_open(path, &t) != BH_OK)
		return false;
	if (text_next(t, &line, &number) && (rest = line) != NULL &&
	    (word = text_word(&rest, " ")) != NULL &&
	    strcmp(word, ANCHOR_TAG) == 0 &&
	    (word = text_word(&rest, " ")) != NULL) {
		word += strspn(word, "0");
		good = config_uint(*word != '\0' ? word : "0", 0, UINT64_MAX,
			   sizep) == BH_OK &&
		       (word = text_word(&rest, " ")) != NULL &&
		       strlen(word) == 64;
		if (good)
			memcpy(root, word, 65);
	}
	text_close(t);
	return good;
}

/* Read after the daemon has told its head, the anchor can only be at it or
 * beyond. */
static void
look_at_anchor(struct doctor *d, const json_t *status, pid_t pid)
{
	const json_t *ledger = json_object_get(status, "ledger");
	uint64_t size = reply_number(ledger, "size"), anchored = 0;
	char root[65], fix[FIX_LINE];

	if (!reply_flag(status, "daemon"))
		return;
	if (read_anchor(d->config->anchor, &anchored, root) &&
	    (anchored > size ||
		(anchored == size &&
		    strcmp(root, reply_text(ledger, "root")) == 0)))
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "anchor-behind",
		.where = d->config->anchor,
		.mend = "look who replaced the file; restarted, bulkheadd "
			"compares and goes on with it, or refuses",
		.fix = pid != 0 ? doctor_restart_fix(d, pid, fix) : NULL,
		.show = "bulkhead status",
		.number = "PCI 10.3.4"},
	    "the anchor does not follow the ledger (%" PRIu64 " records): a "
	    "store set back would not be noticed",
	    size);
}

static void
look_at_store(struct doctor *d, const json_t *status)
{
	uint64_t bad = reply_number(status, "bad_cells");

	if (bad == 0)
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "store-altered",
		.where = d->config->store,
		.mend = "'bulkhead status' and the log name them; remove the "
			"account ('bulkhead account remove') and enrol anew, "
			"and find out who changed the file",
		.show = "bulkhead status",
		.number = "PCI 10.3.4"},
	    "%" PRIu64 " parts of the store do not add up: they were changed "
	    "behind the daemon's back, and open nothing",
	    bad);
}

static void
look_at_manifests(struct doctor *d)
{
	json_t *list, *findings;
	const json_t *text;
	struct now now;
	size_t i;

	if (d->config->realm_class != CLASS_BACKUP)
		return;
	list = doctor_list(
	    d, json_pack("{s:s}", "op", "manifest.list"), "sources");
	if (list == NULL)
		return;
	clock_read(&now);
	findings = manifest_findings(d->config, list, now.wall_s);
	json_array_foreach(findings, i, text) doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "manifest",
		.where = "manifests of production",
		.mend = "fetch a fresh one from production, and 'bulkhead "
			"manifest import' it",
		.show = "bulkhead manifest list",
		.number = "NIST CP-9(7)"},
	    "%s", json_string_value(text));
	json_decref(findings);
	json_decref(list);
}

void
doctor_gate(struct doctor *d)
{
	json_t *status = doctor_ask(d, json_pack("{s:s}", "op", "status"));
	pid_t pid;

	doctor_files(d);
	doctor_package(d);
	pid = doctor_daemon(d, reply_flag(status, "daemon"));
	look_at_clock(d, status);
	if (status != NULL) {
		look_at_anchor(d, status, pid);
		look_at_store(d, status);
		look_at_manifests(d);
	}
	doctor_emergency(d);
	doctor_sessions(d);
	json_decref(status);
}
