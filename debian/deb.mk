# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the Debian packages, from a clean copy of the tracked files

deb: ## Build the Debian packages in build/deb
	$(Q)debian/build-deb $(BUILD)/deb
