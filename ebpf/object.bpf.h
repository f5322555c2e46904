/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - which set an inode is in: from its dentries up to its filesystem's
 * root, by inodes and never by paths
 *
 * Kernel 6.1 verifies the callback of bpf_loop() as if it ran once.  So no
 * callback here reads a value that is a constant before the loop and changes in
 * it: its code for the other values would be taken for dead.
 */
#ifndef BULWARK_OBJECT_BPF_H
#define BULWARK_OBJECT_BPF_H

#include "subject.bpf.h"

/* Names of one inode that are looked at. */
#define ALIASES_MAX 16

/* Levels of one walk that may be read again because a rename came between. */
#define REREADS_MAX 256

/* What a walk finds: 0 for no set, a set's number, or that there is no telling. */
#define SPOT_LOST 0xffffffffU

/*
 * Instead of 0: in no set by the names that were seen, but some went while we
 * looked.  Good for one access, and not to be cached.
 */
#define SPOT_FLEETING 0xfffffffeU

/**
 * struct walk - From a dentry upwards
 *
 * @policy: To look anchors up in.
 * @dentry: To look at next.
 * @start: Where it began.
 * @root: Of the filesystem.
 * @key: Of the rule being looked up; @key.file.dev stays the filesystem's.
 * @name_only: The first dentry is a name about to be given: what it stands for
 *	now doesn't count.
 * @spot: What was found.
 */
struct walk {
	void *policy;
	struct dentry *dentry;
	struct dentry *start;
	struct dentry *root;
	struct bw_rule_key key;
	__u32 name_only;
	__u32 spot;
};

static __always_inline void key_set_inode(struct bw_rule_key *key, const struct inode *inode)
{
	key->file.generation = BPF_CORE_READ(inode, i_generation);
	key->file.ino = BPF_CORE_READ(inode, i_ino);
}

/* Takes an anchor's or a name's word. */
static __always_inline bool rule_decides(struct walk *walk, __u32 kind)
{
	struct bw_rule *rule;

	walk->key.kind = kind;
	rule = bpf_map_lookup_elem(walk->policy, &walk->key);
	if (!rule)
		return false;

	/* Fails closed: only a plain exception takes a file out of its set. */
	if (rule->anchor == BW_ANCHOR_EXCEPT)
		walk->spot = 0;
	else if (rule->set && rule->set <= BW_SETS_MAX)
		walk->spot = rule->set;
	return true;
}

/*
 * What was protected content stays so wherever a granted subject carried it, as
 * long as there is such a set.
 */
static __always_inline bool carried_decides(struct walk *walk)
{
	struct bw_rule_key key = { .kind = BW_RULE_SET };
	__u32 *set;

	if (!state.carried)
		return false;

	set = bpf_map_lookup_elem(&carried, &walk->key.file);
	if (!set)
		return false;

	key.set = *set;
	if (!bpf_map_lookup_elem(walk->policy, &key))
		return false;

	walk->spot = *set;
	return true;
}

static __always_inline bool name_decides(struct walk *walk, struct dentry *dentry,
					 struct dentry *parent)
{
	if (parent == dentry)
		return false;

	key_set_inode(&walk->key, BPF_CORE_READ(parent, d_inode));
	walk->key.name = name_hash((__u64)BPF_CORE_READ(dentry, d_name.name),
				   BPF_CORE_READ(dentry, d_name.len));
	return rule_decides(walk, BW_RULE_NAME);
}

/*
 * At each level: what was carried here, the name, the inode.  A name goes before
 * the inode, so that an exception holds for whatever bears the name.
 */
static __always_inline bool level_decides(struct walk *walk, struct dentry *dentry,
					  struct dentry *parent, bool name_only)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);

	key_set_inode(&walk->key, inode);
	if (!name_only && carried_decides(walk))
		return true;

	if (name_decides(walk, dentry, parent))
		return true;

	if (name_only)
		return false;

	key_set_inode(&walk->key, inode);
	walk->key.name = 0;
	return rule_decides(walk, BW_RULE_ANCHOR);
}

static __always_inline __u32 dentry_sequence(struct dentry *dentry)
{
	return BPF_CORE_READ(dentry, d_seq.seqcount.sequence);
}

/*
 * INV-1: a rename makes d_seq odd while it changes parent and name.  Read across
 * one, the old parent with the new name could look like an exception.  So each
 * level is read again until it stood still; and as each is then a true one, only
 * moves that were judged lead out of a set.
 */
static long walk_step(__u32 index, struct walk *walk)
{
	struct dentry *dentry = walk->dentry;
	__u32 sequence = dentry_sequence(dentry);
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	bool decided;

	decided = level_decides(walk, dentry, parent, walk->name_only && dentry == walk->start);
	if (sequence & 1 || dentry_sequence(dentry) != sequence) {
		walk->spot = SPOT_LOST;
		return 0;
	}

	if (decided)
		return 1;

	/* Another root than the filesystem's is a disconnected dentry (R3). */
	if (parent == dentry) {
		if (dentry == walk->root)
			walk->spot = 0;
		return 1;
	}

	walk->dentry = parent;
	return 0;
}

/* A number of a set, 0 or SPOT_LOST. */
static __noinline __u32 walk_up(struct dentry *dentry, void *policy, __u32 name_only)
{
	struct super_block *sb = BPF_CORE_READ(dentry, d_sb);
	__u32 dev = BPF_CORE_READ(sb, s_dev);
	struct walk walk = {
		.policy = policy,
		.dentry = dentry,
		.start = dentry,
		.root = BPF_CORE_READ(sb, s_root),
		.key = { .file = { .dev = dev } },
		.name_only = forget(name_only, dev),
		.spot = SPOT_LOST,
	};

	bpf_loop(BW_DEPTH_MAX + 1 + REREADS_MAX, walk_step, &walk, 0);
	return walk.spot;
}

/**
 * struct aliases - All names of an inode that the kernel remembers
 *
 * @policy: To look anchors up in.
 * @inode: Whose names.
 * @node: Of the name to look at next.
 * @links: Its link count.
 * @spot: What was found.
 * @torn: The list had to be begun again.
 * @zero: Must be 0.
 */
struct aliases {
	void *policy;
	struct inode *inode;
	struct hlist_node *node;
	__u32 links;
	__u32 spot;
	__u32 torn;
	__u32 zero;
};

static __always_inline struct dentry *alias_dentry(struct hlist_node *node)
{
	struct dentry___alias *newer = NULL;

	if (bpf_core_field_exists(newer->d_alias))
		return (void *)node - bpf_core_field_offset(newer->d_alias);

	return (void *)node - bpf_core_field_offset(((struct dentry *)NULL)->d_u.d_alias);
}

static __always_inline struct hlist_node *aliases_first(struct inode *inode)
{
	return BPF_CORE_READ(inode, i_dentry.first);
}

static long alias_step(__u32 index, struct aliases *aliases)
{
	struct hlist_node *node = aliases->node;
	struct dentry *dentry = alias_dentry(node);
	__u32 spot;

	if (!node)
		return 1;

	/*
	 * A name that goes loses its inode first, then the next name, whose place a
	 * callback takes: what was read before an inode was still there is true.
	 */
	aliases->node = BPF_CORE_READ(node, next);
	if (BPF_CORE_READ(dentry, d_inode) != aliases->inode) {
		aliases->node = aliases_first(aliases->inode);
		aliases->torn = 1;
		return 0;
	}

	spot = walk_up(dentry, aliases->policy, false);
	if (spot == SPOT_LOST)
		return 0;

	aliases->spot = spot;
	return spot || aliases->links <= 1;
}

/*
 * By whatever names the inode has; @spot is what is known already.  Of an inode
 * with more names than are looked at, none of these in a set, the walks have
 * asked for its own anchor: the engine and the link hook see to it that an inode
 * with a name in a set has one.
 */
static __always_inline __u32 aliases_spot(struct inode *inode, void *policy, __u32 links,
					  __u32 spot)
{
	struct aliases aliases = {
		.policy = policy,
		.inode = inode,
		.node = aliases_first(inode),
		.links = links,
		.spot = spot,
	};

	bpf_loop(ALIASES_MAX, alias_step, &aliases, 0);
	return !aliases.spot && aliases.torn ? SPOT_FLEETING : aliases.spot;
}

/*
 * Where an inode is.  A file with several links is in a set if any of its names
 * is; one name of a file with a single link tells the truth.  @dentry, which
 * the caller holds, is asked first: an overlay's real file bears a dentry of
 * another filesystem (R2), and there only the inode's own names count.
 */
static __noinline __maybe_unused __u32 inode_spot(struct inode *inode, struct dentry *dentry,
						  void *policy)
{
	__u32 links = BPF_CORE_READ(inode, i_nlink);
	__u32 spot = SPOT_LOST;

	if (BPF_CORE_READ(dentry, d_inode) == inode)
		spot = walk_up(dentry, policy, false);

	if (spot != SPOT_LOST && (spot || links <= 1))
		return spot;

	return aliases_spot(inode, policy, links, spot);
}

/* For those who cache nothing. */
static __always_inline __u32 spot_settle(__u32 spot)
{
	return spot == SPOT_FLEETING ? 0 : spot;
}

/* What is said of a device, by its number alone. */
static __always_inline struct bw_rule *device_rule(void *policy, enum bw_rule_kind kind, __u32 dev)
{
	struct bw_rule_key key = { .kind = kind, .file = { .dev = dev } };

	return bpf_map_lookup_elem(policy, &key);
}

/* A set lives on this filesystem; NULL if none does, whatever the filter says. */
static __always_inline struct bw_rule *filesystem_rule(void *policy, __u32 dev)
{
	return device_rule(policy, BW_RULE_FILESYSTEM, dev);
}

/*
 * One compare for whoever reads nothing protected (INV-3).  The x86 compiler of
 * kernel 6.1 makes one instruction of a shift by r4, and six of any other.
 */
static __always_inline bool filesystem_holds_sets(const struct inode *inode)
{
	register __u64 bit asm("r4") = bw_filesystem_bit(inode->i_sb->s_dev);
	__u64 filesystems = state.filesystems;

	asm("%0 >>= %1" : "+r"(filesystems) : "r"(bit));
	return filesystems & 1;
}

#endif
