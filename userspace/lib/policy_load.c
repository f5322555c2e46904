// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - policy files from the disk: who has signed them, what they say
 */
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "files.h"
#include "policy.h"
#include "policy_check.h"
#include "signers.h"

static const struct bw_position whole_file;

const struct bw_policy_terms bw_policy_trusted = { .trusted = true };

/**
 * struct loading - Policies that are being loaded
 */
struct loading {
	const struct bw_policy_terms *terms;
	struct bw_diagnostics *diagnostics;
	struct bw_policies *policies;
};

/* --- Signatures ---------------------------------------------------------------- */

struct signature_text {
	char text[BW_SIGNATURE_SIZE_MAX];
	size_t len;
};

static int signature_take(void *context, const char *path, const char *text, size_t len)
{
	struct signature_text *signature = context;

	(void)path;
	signature->len = len <= sizeof(signature->text) ? len : 0;
	memcpy(signature->text, text, signature->len);
	return 0;
}

static int signature_read(const struct loading *loading, const char *path,
			  struct signature_text *ret_signature)
{
	const struct bw_files files = {
		.what = "signatures",
		.suffix = BW_SIGNATURE_SUFFIX,
		.size_max = BW_SIGNATURE_SIZE_MAX,
		.trusted = loading->terms->trusted,
		.take = signature_take,
		.context = ret_signature,
	};

	return bw_files_read(&files, path, loading->diagnostics);
}

static const char *signature_fault(int err)
{
	switch (err) {
	case -ENOKEY:
		return "it is signed with a key that isn't among the signers'; 'minisign -G' makes "
		       "keys, and the directory of the signers holds the public ones";
	case -EKEYREJECTED:
		return "its signature doesn't fit: the file or the signature was changed "
		       "afterwards; have it signed again";
	default:
		return "what lies beside it is no signature of minisign's; have it signed with "
		       "'minisign -S -m FILE'";
	}
}

static int signature_judge(const struct loading *loading, const char *signature_path,
			   const char *text, size_t len, const struct bw_signer **ret_signer,
			   int *ret_err)
{
	struct signature_text signature = { .len = 0 };
	int err;

	err = signature_read(loading, signature_path, &signature);
	if (err)
		return err;

	*ret_err = bw_signature_check(loading->terms->signers, text, len, signature.text,
				      signature.len, ret_signer);
	return 0;
}

/*
 * A signature that isn't asked for must fit all the same.  Fails closed: one that can't
 * be read fits nothing.  @ret_signer stays what it is where there is none.
 */
static int signature_check(const struct loading *loading, const char *path, const char *text,
			   size_t len, const struct bw_signer **ret_signer)
{
	_cleanup_(freep) char *signature_path = NULL;
	int judged = 0, err;

	if (asprintf(&signature_path, "%s" BW_SIGNATURE_SUFFIX, path) < 0) {
		signature_path = NULL;
		return -ENOMEM;
	}
	if (access(signature_path, F_OK) < 0 && errno == ENOENT) {
		if (!loading->terms->signed_only)
			return 0;

		err = bw_diagnostics_add(loading->diagnostics, path, whole_file, false,
					 "it isn't signed: '%s' is missing; have it signed with "
					 "'minisign -S -m FILE'",
					 signature_path);
		return err ? err : -EINVAL;
	}

	err = signature_judge(loading, signature_path, text, len, ret_signer, &judged);
	if (err || !judged)
		return err;

	err = bw_diagnostics_add(loading->diagnostics, path, whole_file, false, "%s",
				 signature_fault(judged));
	return err ? err : -EINVAL;
}

static bool signatures_count(const struct bw_policy_terms *terms)
{
	return terms->signed_only || (terms->signers && terms->signers->len > 0);
}

/* Said once, and not of each file. */
static int signers_check(const struct loading *loading, const char *path)
{
	int err;

	if (!loading->terms->signed_only ||
	    (loading->terms->signers && loading->terms->signers->len > 0))
		return 0;

	err = bw_diagnostics_add(loading->diagnostics, path, whole_file, false,
				 "policies must be signed, and there is no signer: put public keys "
				 "of minisign's, NAME.pub, where the signers' are (" BW_SIGNERS_DIR
				 ")");
	return err ? err : -EINVAL;
}

/* --- Policies ------------------------------------------------------------------ */

static int policies_append(struct bw_policies *policies, struct bw_policy *policy)
{
	struct bw_policy **items;

	items = reallocarray(policies->items, policies->len + 1, sizeof(void *));
	if (!items)
		return -ENOMEM;

	policies->items = items;
	items[policies->len++] = policy;
	return 0;
}

static int policy_add(struct bw_policies *policies, struct bw_policy *policy,
		      const struct bw_signer *signer)
{
	if (!signer)
		return policies_append(policies, policy);

	policy->signer = strdup(signer->name);
	return policy->signer ? policies_append(policies, policy) : -ENOMEM;
}

/* What was signed by nobody is parsed all the same: all mistakes at once. */
static int policy_take(void *context, const char *path, const char *text, size_t len)
{
	const struct bw_signer *signer = NULL;
	struct loading *loading = context;
	struct bw_policy *policy;
	int signature_err = 0, err;

	if (signatures_count(loading->terms))
		signature_err = signature_check(loading, path, text, len, &signer);

	err = bw_policy_parse(path, text, len, loading->diagnostics, &policy);
	if (err)
		return err;

	err = policy_add(loading->policies, policy, signer);
	if (err)
		bw_policy_free(policy);
	return err ? err : signature_err;
}

int bw_policies_load(const char *path, const struct bw_policy_terms *terms,
		     struct bw_diagnostics *diagnostics, struct bw_policies **ret_policies)
{
	static const struct bw_policy_terms draft;
	_cleanup_(bw_policies_freep) struct bw_policies *policies = calloc(1, sizeof(*policies));
	struct loading loading = {
		.terms = terms ? terms : &draft,
		.diagnostics = diagnostics,
		.policies = policies,
	};
	const struct bw_files files = {
		.what = "policies",
		.suffix = ".yaml",
		.suffix_mistaken = ".yml",
		.size_max = BW_POLICY_SIZE_MAX,
		.trusted = loading.terms->trusted,
		.take = policy_take,
		.context = &loading,
	};
	int err, check_err;

	if (!policies)
		return -ENOMEM;

	err = signers_check(&loading, path);
	if (!err)
		err = bw_files_read(&files, path, diagnostics);
	if (err == -ENOMEM)
		return err;

	/* What could be read is compared all the same: all mistakes at once. */
	check_err = bw_policies_check(policies, diagnostics);
	if (err || check_err)
		return err ? err : check_err;

	*ret_policies = take_ptr(policies);
	return 0;
}
