/*
 * The administrator's side of the daemon's socket.
 */
#include "tools/client.h"

#include "base/deadline.h"
#include "core/admin.h"
#include "tools/offline.h"
#include "tools/output.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define CALL_MS 60000

const char *
reply_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

uint64_t
reply_number(const json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));

	return v > 0 ? (uint64_t)v : 0;
}

bool
reply_flag(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

/* Is a member that ends in "_s" a point in time? */
static bool
is_time(const char *key)
{
	static const char *const times[] = {"created_s", "confirmed_s",
	    "ended_s", "last_used_s", "last_login_s", "started_s", "now_s",
	    "was_s", "highest_s", "expires_s", "imported_s", "set_s"};
	size_t i;

	for (i = 0; i < nitems(times); i++) {
		if (strcmp(key, times[i]) == 0)
			return true;
	}
	return false;
}

static json_t *
document_value(const char *key, json_t *value)
{
	json_t *list, *element;
	size_t i;

	if (is_time(key))
		return out_json_time((uint64_t)json_integer_value(value));
	if (json_is_object(value))
		return reply_document(value);
	if (!json_is_array(value))
		return json_incref(value);
	list = json_array();
	json_array_foreach(value, i, element)
	{
		if (json_array_append_new(list, document_value("", element)) !=
		    0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

json_t *
reply_document(const json_t *reply)
{
	json_t *doc = json_object();
	const char *key;
	json_t *value;
	char name[64];

	json_object_foreach((json_t *)(uintptr_t)reply, key, value)
	{
		if (strcmp(key, "ok") == 0 || strcmp(key, "after") == 0)
			continue;
		(void)snprintf(name, sizeof(name), "%s", key);
		if (is_time(key)) /* a text now, not seconds */
			name[strlen(name) - 2] = '\0';
		if (json_object_set_new(
			doc, name, document_value(key, value)) != 0) {
			json_decref(doc);
			return NULL;
		}
	}
	return doc;
}

/* Root, or the daemon's own user: a socket's peer is who listens on it. */
static bool
peer_ok(int fd)
{
	const struct passwd *pw;
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return false;
	if (cred.uid == 0)
		return true;
	pw = getpwnam(OFFLINE_USER);
	return pw != NULL && pw->pw_uid == cred.uid;
}

enum reach { REACH_YES = 1, REACH_NOBODY, REACH_FAILED };

static enum reach
reach(struct invocation *inv, const char *path, int *fdp)
{
	const struct timeval patience = {.tv_sec = CALL_MS / 1000};
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd;

	if (!msg_set(sun.sun_path, sizeof(sun.sun_path), path)) {
		(void)out_fail(
		    inv, CLI_FAILED, "%s: too long for a socket", path);
		return REACH_FAILED;
	}
	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		sizeof(patience)) == -1) {
		(void)out_fail(inv, CLI_FAILED, "socket: %s", strerror(errno));
	} else if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0) {
		if (peer_ok(fd)) {
			*fdp = fd;
			return REACH_YES;
		}
		(void)out_fail(inv, CLI_FAILED,
		    "somebody else than bulkheadd listens on %s; find out who",
		    path);
	} else if (errno == ENOENT || errno == ECONNREFUSED) {
		(void)close(fd);
		return REACH_NOBODY;
	} else if (errno == EACCES) {
		(void)out_fail(inv, CLI_FAILED,
		    "only root may administer (%s); use sudo", path);
	} else {
		(void)out_fail(
		    inv, CLI_FAILED, "%s: %s", path, strerror(errno));
	}
	if (fd != -1)
		(void)close(fd);
	return REACH_FAILED;
}

static int
send_request(struct invocation *inv, int fd, json_t *request, struct buf *b)
{
	size_t len;

	len = json_dumpb(request, (char *)b->data, b->max, JSON_COMPACT);
	if (len == 0 || len > ADMIN_REQUEST_MAX)
		return out_fail(inv, CLI_USAGE, "that is too long");
	if (send(fd, b->data, len, MSG_NOSIGNAL) != (ssize_t)len)
		return out_fail(inv, CLI_FAILED,
		    "bulkheadd does not take the request: %s", strerror(errno));
	return CLI_DONE;
}

static int
receive_reply(struct invocation *inv, int fd, struct buf *b, json_t **replyp)
{
	enum bh_err e;
	ssize_t n = -1;

	e = deadline_wait_read(fd, deadline_in_ms(CALL_MS));
	if (e == BH_OK)
		n = recv(fd, b->data, b->max, MSG_TRUNC);
	if (n > 0 && (size_t)n <= b->max)
		*replyp = json_loadb((char *)b->data, (size_t)n, 0, NULL);
	if (*replyp != NULL)
		return CLI_DONE;
	return out_fail(inv, CLI_FAILED,
	    "bulkheadd gave no answer%s; it may have done the work all the "
	    "same: 'bulkhead status' and the ledger say so",
	    e == BH_ERR_TIMEOUT ? " within a minute" : "");
}

/* One message each way. */
static int
converse(struct invocation *inv, int fd, json_t *request, json_t **replyp)
{
	struct buf *b;
	int code;

	if ((b = buf_new(ADMIN_REPLY_MAX)) == NULL)
		return out_fail(inv, CLI_FAILED, "out of memory");
	code = send_request(inv, fd, request, b);
	buf_reset(b);
	if (code == CLI_DONE)
		code = receive_reply(inv, fd, b, replyp);
	buf_free(b);
	return code;
}

int
client_ask(struct invocation *inv, json_t *request, json_t **replyp)
{
	const struct config *config;
	int fd = -1, code = CLI_FAILED;

	*replyp = NULL;
	if (request == NULL) {
		code = out_fail(inv, CLI_USAGE,
		    "something given is not UTF-8, or memory is out");
	} else if ((config = inv_config(inv)) != NULL) {
		switch (reach(inv, config->admin, &fd)) {
		case REACH_YES:
			code = converse(inv, fd, request, replyp);
			(void)close(fd);
			break;
		case REACH_NOBODY:
			code = offline_run(inv, offline_admin, request, replyp);
			break;
		case REACH_FAILED:
		default:
			break;
		}
	}
	json_decref(request);
	return code;
}

int
client_refused(struct invocation *inv, const json_t *reply)
{
	uint64_t code = reply_number(reply, "exit");
	const char *why = reply_text(reply, "error");

	if (code < CLI_NO || code > CLI_FAILED)
		code = CLI_FAILED;
	return out_fail(inv, (int)code, "%s",
	    why[0] != '\0' ? why : "refused, and the answer says no reason");
}

/* A "no" is reported. */
static int
judge(struct invocation *inv, int code, json_t **replyp)
{
	if (code != CLI_DONE || reply_flag(*replyp, "ok"))
		return code;
	code = client_refused(inv, *replyp);
	json_decref(*replyp);
	*replyp = NULL;
	return code;
}

int
client_call(struct invocation *inv, json_t *request, json_t **replyp)
{
	int code = client_ask(inv, request, replyp);

	return judge(inv, code, replyp);
}

int
client_alone(struct invocation *inv, json_t *request, json_t **replyp)
{
	int code;

	*replyp = NULL;
	if (request == NULL) /* client_ask says what that means */
		return client_call(inv, request, replyp);
	code = offline_run(inv, offline_admin, request, replyp);
	if (code == CLI_DONE && reply_flag(*replyp, "busy")) {
		json_decref(*replyp);
		return client_call(inv, request, replyp);
	}
	json_decref(request);
	return judge(inv, code, replyp);
}

int
client_list(
    struct invocation *inv, json_t *request, const char *key, json_t **listp)
{
	json_t *list = json_array(), *reply = NULL, *after;
	int code;

	do {
		code = client_call(inv, json_deep_copy(request), &reply);
		if (code != CLI_DONE)
			break;
		if (json_array_extend(list, json_object_get(reply, key)) != 0)
			code = out_fail(inv, CLI_FAILED, "out of memory");
		after = json_object_get(reply, "after");
		if (after != NULL)
			(void)json_object_set(request, "after", after);
		json_decref(reply);
	} while (code == CLI_DONE && after != NULL);
	json_decref(request);
	if (code == CLI_DONE)
		*listp = list;
	else
		json_decref(list);
	return code;
}
