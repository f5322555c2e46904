// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - calls of /dev/bulwark with arguments that nobody would give
 *
 * What a call must say is known when its argument is the thread's own; else it must
 * be among what control.h documents.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bulwark/control.h>

#include "cleanup.h"
#include "nonsense.h"
#include "trouble.h"

/* What a call's answer can't be told from: nothing is expected. */
#define ANYTHING 1

union argument {
	struct bw_control_plain head;
	struct bw_control_info info;
	struct bw_control_keep keep;
	struct bw_control_identify identify;
	struct bw_control_measure measure;
	struct bw_control_seal seal;
	struct bw_control_unseal unseal;
	unsigned char bytes[NONSENSE_SIZE_MAX];
};

/* @errors: those that can be made here end at 0; after it those that can't. */
static const struct {
	const char *name;
	unsigned int number;
	uint32_t size;
	int errors[10];
} calls[NONSENSE_CALLS] = {
	{ "info", BW_IOCTL_INFO, sizeof(struct bw_control_info), { EFAULT, EINVAL, EPROTO } },
	[NONSENSE_ADOPT] = { "adopt",
			     BW_IOCTL_ADOPT,
			     sizeof(struct bw_control_keep),
			     { EFAULT, EINVAL, EPROTO, E2BIG, EBADF, EBADFD, 0, ENOMEM } },
	{ "list",
	  BW_IOCTL_LIST,
	  sizeof(struct bw_control_keep),
	  { EFAULT, EINVAL, EPROTO, ENOSPC, 0, ENOMEM } },
	[NONSENSE_RELEASE] = { "release",
			       BW_IOCTL_RELEASE,
			       sizeof(struct bw_control_plain),
			       { EFAULT, EINVAL, EPROTO, ENOENT } },
	{ "identify",
	  BW_IOCTL_IDENTIFY,
	  sizeof(struct bw_control_identify),
	  { EFAULT, EINVAL, EPROTO, EBADF } },
	{ "measure",
	  BW_IOCTL_MEASURE,
	  sizeof(struct bw_control_measure),
	  { EFAULT, EINVAL, EPROTO, ENOENT, 0, ENOMEM, EIO } },
	{ "seal",
	  BW_IOCTL_SEAL,
	  sizeof(struct bw_control_seal),
	  { EFAULT, EINVAL, EPROTO, ENOENT } },
	{ "unseal",
	  BW_IOCTL_UNSEAL,
	  sizeof(struct bw_control_unseal),
	  { EFAULT, EINVAL, EPROTO, ENOENT } },
};

/* IMA isn't asked to measure here, and nothing could be adopted under a seal. */
static bool can_succeed(unsigned int call)
{
	return calls[call].number != BW_IOCTL_MEASURE && calls[call].number != BW_IOCTL_SEAL &&
	       calls[call].number != BW_IOCTL_UNSEAL;
}

/* Memory that changes could make it right. */
static bool is_never_right(const struct nonsense *nonsense, unsigned int call)
{
	return calls[call].number == BW_IOCTL_SEAL ||
	       (nonsense->tally->armed && calls[call].number == BW_IOCTL_RELEASE);
}

static bool is_documented(unsigned int call, int err)
{
	for (size_t i = 0; i < ARRAY_LEN(calls[call].errors); i++)
		if (calls[call].errors[i] == err)
			return true;

	return false;
}

const char *nonsense_name(unsigned int call)
{
	return calls[call].name;
}

bool nonsense_seen_all(const struct nonsense_tally *tally, unsigned int call)
{
	const uint64_t *outcomes = tally->outcomes[call];

	for (const int *err = calls[call].errors; *err; err++)
		if (!outcomes[*err])
			return false;

	return outcomes[0] || !can_succeed(call);
}

static void count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void complain(struct nonsense *nonsense, unsigned int number, long got, long want)
{
	struct nonsense_tally *tally = nonsense->tally;

	if (__atomic_fetch_add(&tally->wrong, 1, __ATOMIC_RELAXED))
		return;

	(void)snprintf(tally->wrong_text, sizeof(tally->wrong_text),
		       "number %#x said %ld, wanted %ld", number, got, want);
}

/* splitmix64 */
uint64_t nonsense_any(struct nonsense *nonsense)
{
	uint64_t mixed = nonsense->random += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return mixed ^ mixed >> 31;
}

uint64_t nonsense_below(struct nonsense *nonsense, uint64_t limit)
{
	return nonsense_any(nonsense) % limit;
}

bool nonsense_one_in(struct nonsense *nonsense, uint64_t times)
{
	return !nonsense_below(nonsense, times);
}

static void fill(struct nonsense *nonsense, void *memory, size_t size)
{
	unsigned char *bytes = memory;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)nonsense_any(nonsense);
}

/* --- Arguments --------------------------------------------------------------- */

static uint32_t length_any(struct nonsense *nonsense, uint32_t most)
{
	const uint32_t edges[] = { 0, 1, most - 1, most, most + 1, UINT32_MAX, 1U << 31 };

	return nonsense_one_in(nonsense, 2) ? 1 + (uint32_t)nonsense_below(nonsense, 3)
					    : edges[nonsense_below(nonsense, ARRAY_LEN(edges))];
}

static void kept_spoil(struct nonsense *nonsense, struct bw_kept *kept, const struct bw_kept *first)
{
	switch (nonsense_below(nonsense, 6)) {
	case 0:
		kept->id = (uint32_t)nonsense_any(nonsense);
		break;
	case 1:
		kept->name[0] = '\0';
		break;
	case 2:
		memset(kept->name, 'x', sizeof(kept->name));
		break;
	case 3:
		memcpy(kept->name, first->name, sizeof(kept->name));
		break;
	case 4:
		fill(nonsense, kept, sizeof(*kept));
		break;
	default:
		kept->fd = trouble_descriptor(nonsense);
	}
}

/* An array of which all is right, or not; what is beyond its room stays as it is. */
static void kept_fill(struct nonsense *nonsense, struct bw_kept *kept, uint32_t len, uint32_t room,
		      unsigned int kind)
{
	bool spoil = nonsense_one_in(nonsense, 2);

	for (uint32_t i = 0; i < len && i < room; i++) {
		memset(&kept[i], 0, sizeof(kept[i]));
		kept[i].fd = trouble_slot_of(nonsense, kind);
		(void)snprintf(kept[i].name, sizeof(kept[i].name), "nonsense%u", i);
		if (spoil && nonsense_one_in(nonsense, 2))
			kept_spoil(nonsense, &kept[i], &kept[0]);
	}
}

static void keep_fill(struct nonsense *nonsense, struct bw_control_keep *keep)
{
	struct bw_kept *links = (struct bw_kept *)trouble_page(nonsense, 0);
	struct bw_kept *maps = links + BW_KEEP_LINKS_MAX;

	keep->links_len = length_any(nonsense, BW_KEEP_LINKS_MAX);
	keep->maps_len = length_any(nonsense, BW_KEEP_MAPS_MAX);
	kept_fill(nonsense, links, keep->links_len, BW_KEEP_LINKS_MAX, TROUBLE_LINKS);
	kept_fill(nonsense, maps, keep->maps_len, BW_KEEP_MAPS_MAX, TROUBLE_MAPS);
	keep->links = nonsense_one_in(nonsense, 8) ? trouble_anywhere(nonsense) : (uint64_t)links;
	keep->maps = nonsense_one_in(nonsense, 8) ? trouble_anywhere(nonsense) : (uint64_t)maps;
}

/* Two commitments are the same, where there are two: it must not succeed. */
static void seal_fill(struct nonsense *nonsense, struct bw_control_seal *seal)
{
	uint32_t len = length_any(nonsense, BW_SEAL_SECRETS_MAX);

	if (len > 1 && len <= BW_SEAL_SECRETS_MAX) {
		memcpy(seal->commitments[len - 1], seal->commitments[0], BW_DIGEST_SIZE);
		if (!nonsense_one_in(nonsense, 8))
			memset(seal->commitments[len], 0,
			       (BW_SEAL_SECRETS_MAX - len) * BW_DIGEST_SIZE);
	}

	seal->commitments_len = len;
	seal->needed = len == 1 ? 0 : length_any(nonsense, BW_SEAL_SECRETS_MAX);
}

static bool seal_is_in_bounds(const struct bw_control_seal *seal)
{
	const char *byte;

	if (seal->commitments_len > BW_SEAL_SECRETS_MAX || !seal->needed ||
	    seal->needed > seal->commitments_len)
		return false;

	byte = (const char *)(seal->commitments + seal->commitments_len);
	for (; byte < (const char *)(seal + 1); byte++)
		if (*byte)
			return false;
	return true;
}

static void head_spoil(struct nonsense *nonsense, struct bw_control_plain *head)
{
	const uint32_t sizes[] = { 0, head->size - 1, head->size + 1, UINT32_MAX, head->size };
	const uint32_t versions[] = { 0, BW_ABI_VERSION, BW_ABI_VERSION + 1, UINT32_MAX };

	head->size = sizes[nonsense_below(nonsense, ARRAY_LEN(sizes))];
	head->version = versions[nonsense_below(nonsense, ARRAY_LEN(versions))];
}

static bool head_is_right(unsigned int call, const struct bw_control_plain *head)
{
	return head->size == calls[call].size && head->version == BW_ABI_VERSION;
}

static void argument_fill(struct nonsense *nonsense, unsigned int call, union argument *argument)
{
	fill(nonsense, argument, sizeof(*argument));
	argument->head.size = calls[call].size;
	argument->head.version = BW_ABI_VERSION;

	if (calls[call].size == sizeof(argument->keep) &&
	    (calls[call].number == BW_IOCTL_ADOPT || calls[call].number == BW_IOCTL_LIST))
		keep_fill(nonsense, &argument->keep);
	if (calls[call].number == BW_IOCTL_IDENTIFY) {
		argument->identify.fd = trouble_descriptor(nonsense);
		argument->identify.zero = nonsense_one_in(nonsense, 8);
	}
	if (calls[call].number == BW_IOCTL_MEASURE)
		argument->measure.zero = nonsense_one_in(nonsense, 8);
	if (calls[call].number == BW_IOCTL_SEAL)
		seal_fill(nonsense, &argument->seal);

	if (nonsense_one_in(nonsense, 8))
		head_spoil(nonsense, &argument->head);
	/* Each success has a line among the kernel's messages. */
	if (calls[call].number == BW_IOCTL_RELEASE &&
	    (nonsense->tally->armed || !nonsense_one_in(nonsense, 16)) &&
	    head_is_right(call, &argument->head))
		argument->head.version++;
}

/* What the call must say, the argument being @room bytes and all its own. */
static long expected(unsigned int call, const union argument *argument, size_t room)
{
	if (room < calls[call].size)
		return -EFAULT;
	if (argument->head.size != calls[call].size)
		return -EINVAL;
	if (argument->head.version != BW_ABI_VERSION)
		return -EPROTO;

	switch (calls[call].number) {
	case BW_IOCTL_INFO:
		return 0;
	case BW_IOCTL_ADOPT:
		if (!argument->keep.links_len)
			return -EINVAL;
		return argument->keep.links_len > BW_KEEP_LINKS_MAX ||
				       argument->keep.maps_len > BW_KEEP_MAPS_MAX
			       ? -E2BIG
			       : ANYTHING;
	case BW_IOCTL_IDENTIFY:
		return argument->identify.zero ? -EINVAL : ANYTHING;
	case BW_IOCTL_MEASURE:
		return argument->measure.zero || !argument->measure.generation ? -EINVAL : ANYTHING;
	case BW_IOCTL_SEAL:
		return seal_is_in_bounds(&argument->seal) ? ANYTHING : -EINVAL;
	case BW_IOCTL_UNSEAL:
		return -ENOENT;
	default:
		return ANYTHING;
	}
}

/* Mostly a whole one; often right before the hole, sometimes cut by it. */
static size_t room_any(struct nonsense *nonsense, uint32_t size)
{
	if (nonsense_one_in(nonsense, 8))
		return nonsense_below(nonsense, size);
	return nonsense_one_in(nonsense, 2) ? size
					    : size + nonsense_below(nonsense, TROUBLE_PAGE - size);
}

/* --- Calls ------------------------------------------------------------------- */

/* The way of 32-bit programs, which any program can take. */
static long call_32(int fd, unsigned int number, uint64_t argument)
{
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(54L), "b"((long)fd), "c"((unsigned long)number),
		       "d"((unsigned long)(uint32_t)argument)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static long call_64(struct nonsense *nonsense, int fd, unsigned int number, uint64_t argument)
{
	unsigned long above = nonsense_one_in(nonsense, 8) ? nonsense_any(nonsense) << 32 : 0;

	return syscall(SYS_ioctl, fd, above | number, argument) < 0 ? -errno : 0;
}

static long call(struct nonsense *nonsense, int fd, unsigned int number, uint64_t argument)
{
	return nonsense_one_in(nonsense, 4) ? call_32(fd, number, argument)
					    : call_64(nonsense, fd, number, argument);
}

static void judge(struct nonsense *nonsense, unsigned int which, long got, long want)
{
	bool right = want == ANYTHING ? !got || is_documented(which, (int)-got) : got == want;

	if (!right)
		complain(nonsense, calls[which].number, got, want);
	if (got <= 0 && got > -NONSENSE_ERRNOS)
		count(&nonsense->tally->outcomes[which][-got]);
}

/* An argument that can be all right, or wrong in a known way. */
static void known_call(struct nonsense *nonsense, unsigned int which, int fd)
{
	size_t room = room_any(nonsense, calls[which].size);
	char *at = trouble_page(nonsense, 2) - room;
	union argument argument;
	long got;

	argument_fill(nonsense, which, &argument);
	memcpy(at, &argument, room < sizeof(argument) ? room : sizeof(argument));
	got = call(nonsense, fd, calls[which].number, (uint64_t)at);
	if (fd == nonsense->device)
		judge(nonsense, which, got, expected(which, &argument, room));
}

/* Its memory is anywhere, and changes. */
static void known_call_anywhere(struct nonsense *nonsense, unsigned int which, int fd)
{
	long got = call(nonsense, fd, calls[which].number, trouble_anywhere(nonsense));

	if (fd == nonsense->device)
		judge(nonsense, which, got, ANYTHING);
}

static unsigned int number_any(struct nonsense *nonsense)
{
	static const unsigned int sizes[] = { 0,  1,  7,  8,  9,  31,  32,  33,	 47,
					      48, 49, 63, 64, 65, 527, 528, 529, 0x3fff };
	unsigned int size = nonsense_one_in(nonsense, 4)
				    ? (unsigned int)nonsense_any(nonsense) & _IOC_SIZEMASK
				    : sizes[nonsense_below(nonsense, ARRAY_LEN(sizes))];

	switch (nonsense_below(nonsense, 4)) {
	case 0:
		return (unsigned int)nonsense_any(nonsense);
	case 1:
		return calls[nonsense_below(nonsense, NONSENSE_CALLS)].number ^
		       1U << nonsense_below(nonsense, 32);
	default:
		return _IOC((unsigned int)nonsense_below(nonsense, 4), BW_IOCTL_MAGIC,
			    (unsigned int)nonsense_below(nonsense,
							 nonsense_one_in(nonsense, 2) ? 16 : 256),
			    size);
	}
}

static bool number_is_known(unsigned int number)
{
	for (unsigned int i = 0; i < NONSENSE_CALLS; i++)
		if (calls[i].number == number)
			return true;

	return false;
}

/* Numbers of another letter may be the kernel's own, for whatever file. */
static void unknown_call(struct nonsense *nonsense, int fd)
{
	unsigned int number = number_any(nonsense);
	long got;

	if (number_is_known(number))
		return;

	got = call(nonsense, fd, number, trouble_anywhere(nonsense));
	count(&nonsense->tally->unknown);
	if (fd == nonsense->device && _IOC_TYPE(number) == BW_IOCTL_MAGIC && got != -ENOTTY)
		complain(nonsense, number, got, -ENOTTY);
}

void nonsense_call(struct nonsense *nonsense)
{
	unsigned int which = (unsigned int)nonsense_below(nonsense, NONSENSE_CALLS);
	int fd = nonsense->device;

	/* A shared descriptor is the device's, or was a moment ago. */
	if (nonsense_one_in(nonsense, 3))
		fd = nonsense_one_in(nonsense, 8) ? trouble_slot(nonsense)
						  : trouble_slot_of(nonsense, 0);

	count(&nonsense->tally->steps);
	if (nonsense_one_in(nonsense, 4))
		unknown_call(nonsense, fd);
	else if (nonsense_one_in(nonsense, 4) && !is_never_right(nonsense, which))
		known_call_anywhere(nonsense, which, fd);
	else
		known_call(nonsense, which, fd);
}

void nonsense_step(struct nonsense *nonsense)
{
	if (nonsense_one_in(nonsense, 8))
		trouble_memory(nonsense);
	if (nonsense_one_in(nonsense, 24))
		trouble_descriptors(nonsense);
	nonsense_call(nonsense);
}

void nonsense_refused(struct nonsense *nonsense)
{
	for (unsigned int i = 0; i < NONSENSE_CALLS; i++) {
		long got = call(nonsense, nonsense->device, calls[i].number,
				trouble_anywhere(nonsense));

		count(&nonsense->tally->refused);
		if (got != -EPERM)
			complain(nonsense, calls[i].number, got, -EPERM);
	}
}
