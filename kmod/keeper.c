// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - holds BPF links and maps, so that they outlive the daemon
 *
 * INV-5: a link lives as long as somebody has a reference on it.  The daemon's are
 * descriptors and die with it; these don't.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bpf.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "keeper.h"

/**
 * struct content - References, and the names under which they were adopted
 * @links_len: Entries of @links and @link_names in use.
 * @maps_len: Entries of @maps and @map_names in use.
 * @links: One reference each.
 * @maps: One reference each.
 * @link_names: NUL-terminated.
 * @map_names: NUL-terminated.
 *
 * Never changed once it is in force, and holds a reference on the module: rmmod(8)
 * fails meanwhile.
 */
struct content {
	u32 links_len;
	u32 maps_len;
	struct bpf_link *links[BW_KEEP_LINKS_MAX];
	struct bpf_map *maps[BW_KEEP_MAPS_MAX];
	char link_names[BW_KEEP_LINKS_MAX][BW_KEEP_NAME_SIZE];
	char map_names[BW_KEEP_MAPS_MAX][BW_KEEP_NAME_SIZE];
};

/* Protects the two below. */
static DEFINE_MUTEX(lock);
static struct content *held;
static u64 adoptions;

static bool name_is_good(const struct bw_kept *kept, u32 index)
{
	const char *name = kept[index].name;
	u32 i;

	if (!name[0] || strnlen(name, BW_KEEP_NAME_SIZE) == BW_KEEP_NAME_SIZE)
		return false;

	for (i = 0; i < index; i++)
		if (!strcmp(kept[i].name, name))
			return false;
	return true;
}

static int check(const struct bw_kept *kept, u32 kept_len)
{
	u32 i;

	for (i = 0; i < kept_len; i++)
		if (kept[i].id || !name_is_good(kept, i))
			return -EINVAL;
	return 0;
}

/* BPF says EINVAL to a descriptor of something else, which control.h has for more. */
static int fd_error(long err)
{
	return err == -EINVAL ? -EBADFD : err;
}

static int take_links(struct content *content, const struct bw_keep *keep)
{
	u32 i;

	for (i = 0; i < keep->links_len; i++) {
		struct bpf_link *link = bpf_link_get_from_fd(keep->links[i].fd);

		if (IS_ERR(link))
			return fd_error(PTR_ERR(link));

		strscpy(content->link_names[i], keep->links[i].name, BW_KEEP_NAME_SIZE);
		content->links[i] = link;
		content->links_len++;
	}
	return 0;
}

static int take_maps(struct content *content, const struct bw_keep *keep)
{
	u32 i;

	for (i = 0; i < keep->maps_len; i++) {
		struct bpf_map *map = bpf_map_get(keep->maps[i].fd);

		if (IS_ERR(map))
			return fd_error(PTR_ERR(map));

		strscpy(content->map_names[i], keep->maps[i].name, BW_KEEP_NAME_SIZE);
		content->maps[i] = map;
		content->maps_len++;
	}
	return 0;
}

/* Links first: a program never runs without the maps that were held for it. */
static void content_put(struct content *content)
{
	u32 i;

	if (!content)
		return;

	for (i = 0; i < content->links_len; i++)
		bpf_link_put(content->links[i]);
	for (i = 0; i < content->maps_len; i++)
		bpf_map_put(content->maps[i]);

	kfree(content);
	module_put(THIS_MODULE);
}

static int content_get(const struct bw_keep *keep, struct content **ret_content)
{
	struct content *content;
	int err;

	content = kzalloc(sizeof(*content), GFP_KERNEL);
	if (!content)
		return -ENOMEM;
	__module_get(THIS_MODULE);

	err = take_links(content, keep);
	if (!err)
		err = take_maps(content, keep);
	if (err) {
		content_put(content);
		return err;
	}

	*ret_content = content;
	return 0;
}

int bw_keeper_adopt(const struct bw_keep *keep)
{
	struct content *fresh, *old;
	int err;

	err = check(keep->links, keep->links_len);
	if (!err)
		err = check(keep->maps, keep->maps_len);
	if (err)
		return err;

	err = content_get(keep, &fresh);
	if (err)
		return err;

	mutex_lock(&lock);
	old = held;
	held = fresh;
	adoptions++;
	mutex_unlock(&lock);

	/* The new programs are attached already: no gap (INV-5). */
	content_put(old);
	return 0;
}

int bw_keeper_release(void)
{
	struct content *old;

	mutex_lock(&lock);
	old = held;
	held = NULL;
	mutex_unlock(&lock);

	if (!old)
		return -ENOENT;

	pr_notice("letting go of %u links and %u maps\n", old->links_len, old->maps_len);
	content_put(old);
	return 0;
}

static void tell(struct bw_kept *ret_kept, u32 id, const char *name)
{
	ret_kept->fd = -1;
	ret_kept->id = id;
	strscpy(ret_kept->name, name, sizeof(ret_kept->name));
}

static void tell_all(struct bw_keep *ret_keep, const struct content *content)
{
	u32 i;

	for (i = 0; i < content->links_len; i++)
		tell(&ret_keep->links[i], content->links[i]->id, content->link_names[i]);
	for (i = 0; i < content->maps_len; i++)
		tell(&ret_keep->maps[i], content->maps[i]->id, content->map_names[i]);

	ret_keep->links_len = content->links_len;
	ret_keep->maps_len = content->maps_len;
}

void bw_keeper_list(struct bw_keep *ret_keep)
{
	memset(ret_keep, 0, sizeof(*ret_keep));

	mutex_lock(&lock);
	if (held)
		tell_all(ret_keep, held);
	mutex_unlock(&lock);
}

void bw_keeper_count(struct bw_control_info *info)
{
	mutex_lock(&lock);
	info->links = held ? held->links_len : 0;
	info->maps = held ? held->maps_len : 0;
	info->adoptions = adoptions;
	mutex_unlock(&lock);
}

/*
 * Only "rmmod -f" comes here while something is held.  The programs call into this
 * module and protect this host: the caller waits for the reboot instead.  Fails
 * closed.
 */
void bw_keeper_exit(void)
{
	if (!held)
		return;

	pr_alert("unloaded by force while %u links are held: protection goes on, the unload waits "
		 "for a reboot\n",
		 held->links_len);
	for (;;)
		schedule_timeout_idle(MAX_SCHEDULE_TIMEOUT);
}
