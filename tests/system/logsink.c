/*
 * A syslog for a throw-away host: binds a datagram socket and appends each
 * message as one line to a file.
 *
 *	logsink SOCKET FILE
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_LEN 8192

static int
bind_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path))
		errx(1, "%s: path too long", path);
	strcpy(addr.sun_path, path);
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "bind %s", path);
	if (chmod(path, 0666) == -1)
		err(1, "chmod %s", path);
	return fd;
}

int
main(int argc, char **argv)
{
	char line[LINE_MAX_LEN + 1];
	ssize_t n;
	int in, out;

	if (argc != 3)
		errx(2, "usage: logsink SOCKET FILE");
	in = bind_at(argv[1]);
	out = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (out == -1)
		err(1, "%s", argv[2]);
	while ((n = recv(in, line, LINE_MAX_LEN, 0)) >= 0) {
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\0'))
			n--;
		line[n++] = '\n';
		if (write(out, line, (size_t)n) != n)
			err(1, "write %s", argv[2]);
	}
	err(1, "recv");
}
